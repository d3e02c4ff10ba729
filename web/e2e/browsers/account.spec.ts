/** An account, and a guest who becomes one or leaves for one, in each browser. */
import { expect } from "../browser";
import { inEach } from "./each";
import { expectCount, expectInEveryWindow, expectInWindow, expectNoDialog, expectSaid, expectText, fill, pathOf, RESULT, signUp, tap } from "./page";
import type { Visitor } from "./visitor";
import { proteus } from "../system";

async function signIn(visitor: Visitor, email: string, password: string): Promise<void> {
  await fill(visitor, "E-mail address", email);
  await fill(visitor, "Password", password);
  await tap(visitor, "Sign in", "form");
}

async function signOut(visitor: Visitor): Promise<void> {
  await tap(visitor, "Account");
  await tap(visitor, "Sign out");
  await expect.poll(() => pathOf(visitor)).toBe("/studio");
}

inEach("an account changes its name and password, signs out, and can be erased", async (visitor, url) => {
  const email = await signUp(visitor, url);
  await tap(visitor, "Ada");
  await expectCount(visitor, "img[alt='You: ada.jpg']", 1);
  await tap(visitor, "Account");
  await fill(visitor, "Name", "Ada");
  await tap(visitor, "Save");
  await expectSaid(visitor, "Saved.");
  await fill(visitor, "Current password", "a long password");
  await fill(visitor, "New password", "another password");
  await tap(visitor, "Change password");
  await expectSaid(visitor, "Password changed.");
  await signOut(visitor);
  await visitor.goto(`${url}/studio`);
  await expectCount(visitor, "button[aria-label='Choose a photo: You']", 1); // what was chosen is forgotten

  await tap(visitor, "Sign in");
  await signIn(visitor, email, "a long password");
  await expectText(visitor, "[role=alert]", "wrong");
  await visitor.goto(proteus("users", "reset", email));
  await fill(visitor, "New password", "a third password");
  await tap(visitor, "Change it");
  await expectText(visitor, "[role=status]", "Your password is changed: sign in with it.");
  await visitor.goto(`${url}/account`);
  await signIn(visitor, email, "a third password");
  await expectSaid(visitor, "See it on you");

  await tap(visitor, "Account");
  await tap(visitor, "Delete everything");
  await expectInEveryWindow(visitor, "dialog[open] input[name=password]", "dialog[open] button[type=submit]");
  await tap(visitor, "Delete everything now");
  await expectCount(visitor, "dialog[open] input:invalid", 1); // nothing is erased without it
  await fill(visitor, "Current password", "another password");
  await tap(visitor, "Delete everything now");
  await expectText(visitor, "dialog[open] [role=alert]", "wrong");
  await fill(visitor, "Current password", "a third password");
  await tap(visitor, "Delete everything now");
  await expectSaid(visitor, "Everything was deleted.");
  await expectNoDialog(visitor);
  await tap(visitor, "Sign in");
  await signIn(visitor, email, "a third password");
  await expectText(visitor, "[role=alert]", "wrong");
});

inEach("a guest who signs in to an account is told what stays behind, and asked", async (visitor, url) => {
  const email = await signUp(visitor, url);
  await signOut(visitor);
  await tap(visitor, "Try it with a sample →");
  await expectInWindow(visitor, RESULT);
  const enter = async () => {
    await tap(visitor, "Account");
    await tap(visitor, "Create an account and keep everything");
    await tap(visitor, "Have an account? Sign in");
    await signIn(visitor, email, "a long password");
    await expectText(visitor, "dialog[open] h2", "Leave what you made as a guest?");
    await expectText(visitor, "dialog[open]", "as a guest, with 1 try-on.");
  };
  await enter();
  await expectInEveryWindow(visitor, "dialog[open] button:nth-child(1)", "dialog[open] button:nth-child(2)");
  await tap(visitor, "Create an account and keep everything");
  await expectText(visitor, "h1", "Create an account");
  await expectNoDialog(visitor);
  await tap(visitor, "History");
  await expectCount(visitor, "[data-testid=history-card]", 1);
  await enter();
  await tap(visitor, "Sign in without it");
  await expectNoDialog(visitor);
  await tap(visitor, "History");
  await expectSaid(visitor, "Nothing here yet.");
});
