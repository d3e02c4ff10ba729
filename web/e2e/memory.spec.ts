/** Nothing that was chosen, begun or made is forgotten. */
import { expect, expectResult, expectSeen, expectSeenInEverySize, inEverySize, signUp, test, tryOn } from "./browser";
import { signal } from "./system";

test("a reload, Back and another tab bring back both photos, the part and what is under way", async ({ page }) => {
  await page.goto("/studio");
  const chosen = async (on: typeof page) => {
    await expect(on.getByAltText("You: kofi.jpg")).toBeVisible();
    await expect(on.getByAltText("Garment: tshirt.jpg")).toBeVisible();
    await expect(on.getByRole("radio", { name: "Full body" })).toBeChecked();
  };
  await page.getByRole("button", { name: "Kofi", exact: true }).click();
  await page.getByRole("button", { name: "T-shirt", exact: true }).click();
  await expect(page.getByAltText("Garment: tshirt.jpg")).toBeVisible();
  await page.getByText("Full body", { exact: true }).click();
  const colours = page.getByLabel("Colours");
  await colours.selectOption("Dark");
  await page.reload();
  await chosen(page);
  await expect(colours).toHaveValue("dark");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.locator("body")).toHaveCSS("color-scheme", "dark");
  await inEverySize(page, async () => {
    await colours.scrollIntoViewIfNeeded(); // it stands at the foot of each page
    await expectSeen(colours);
  });
  await expectSeenInEverySize(page.getByAltText("You: kofi.jpg"), page.getByAltText("Garment: tshirt.jpg"), page.getByText("Full body", { exact: true }));
  signal("weaver", "SIGSTOP");
  try {
    await page.getByRole("button", { name: "Try it on", exact: true }).click();
    await expect(page).toHaveURL(/\/try\/[\w-]+$/);
    const address = page.url();
    await page.reload();
    const card = page.getByTestId("job-card");
    await expect(card).toHaveAttribute("data-status", "queued");
    await chosen(page);
    await expectSeenInEverySize(card.getByRole("heading", { name: "Waiting in the queue" }), card.getByTestId("expectation"), card.getByRole("button", { name: "Cancel" }));
    await page.goBack();
    await expect(page).toHaveURL(/\/studio$/);
    await chosen(page);
    const [kofi, shirt] = [page.getByAltText("You: kofi.jpg"), page.getByAltText("Garment: tshirt.jpg")];
    await expectSeenInEverySize(page.getByRole("link", { name: "1 try-on under way" }), kofi, shirt, page.getByText("Full body", { exact: true }));
    const tab = await page.context().newPage();
    await tab.goto("/studio");
    await chosen(tab);
    await tab.getByRole("link", { name: "1 try-on under way" }).click();
    await expect(tab).toHaveURL(address);
    await tab.close();
    await page.goForward();
    await expect(page.getByTestId("job-card")).toHaveAttribute("data-status", "queued");
  } finally {
    signal("weaver", "SIGCONT");
  }
  await expectResult(page);
  await expect(page).toHaveTitle("Your try-on · Proteus");
  await page.reload();
  await expectResult(page);
  await expectSeenInEverySize(page.getByTestId("result").getByAltText("You, wearing the garment"), page.getByRole("button", { name: "Download" }));
});

test("a page whose policy knows another store says so and asks to be loaded again", async ({ browser, url }) => {
  const context = await browser.newContext({ baseURL: url });
  try {
    const page = await context.newPage();
    await page.route("**/studio", async (route) => {
      const answer = await route.fetch();
      const policy = (answer.headers()["content-security-policy"] ?? "").replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "http://127.0.0.1:1");
      await route.fulfill({ response: answer, headers: { ...answer.headers(), "content-security-policy": policy } });
    });
    await page.goto("/studio");
    await tryOn(page, "Kofi", "T-shirt");
    await expectSeenInEverySize(page.getByRole("button", { name: "Reload" }));
    await expect(page.getByText("The server has moved since this page was opened.")).toBeInViewport();
    await page.unrouteAll();
    await page.getByRole("button", { name: "Reload" }).click();
    await expect(page.getByAltText("You: kofi.jpg"), "nothing that was chosen is lost").toBeVisible();
    await page.getByRole("button", { name: "Try it on", exact: true }).click();
    await expectResult(page);
  } finally {
    await context.close();
  }
});

test("signing out in one tab ends the session in all; a guest whose session is gone goes on as another one", async ({ page, another }) => {
  await signUp(page);
  await page.goto("/history");
  await expect(page.getByText("Nothing here yet.", { exact: false })).toBeVisible();
  const tab = await page.context().newPage();
  await tab.goto("/account");
  await tab.getByRole("button", { name: "Sign out" }).click();
  await expectSeenInEverySize(page.getByRole("main").getByRole("link", { name: "Sign in" }));
  await expect(page.getByText("Nothing here yet.", { exact: false })).toBeHidden();

  const guest = await another();
  await guest.goto("/studio");
  await tryOn(guest, "Mei", "T-shirt");
  await expectResult(guest);
  await guest.context().clearCookies();
  await guest.getByRole("button", { name: "Striped top", exact: true }).click();
  await expect(guest.getByAltText("Garment: striped.jpg")).toBeVisible();
  await guest.getByRole("button", { name: "Try it on", exact: true }).click();
  await expect(guest.getByTestId("job-card").or(guest.getByTestId("result"))).toBeVisible();
  await expect(guest.getByText("Sign in first.")).toHaveCount(0);
});

test("Back closes a dialog before it leaves the page, and signing out forgets what was chosen", async ({ page }) => {
  await signUp(page);
  await tryOn(page, "Mei", "Striped top");
  await expectResult(page);
  const address = page.url();
  await page.getByRole("button", { name: "Cut it out of its background" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectSeenInEverySize(page.getByRole("dialog").getByRole("button", { name: "Close" }));
  await page.goBack();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page).toHaveURL(address);
  await expectSeenInEverySize(page.getByTestId("result").getByAltText("You, wearing the garment"));
  await page.goBack();
  await expect(page).toHaveURL(/\/studio$/);
  await page.getByRole("link", { name: "Account" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("link", { name: "Sign in", exact: true })).toBeVisible();
  await expect(page).toHaveURL(/\/studio$/);
  await page.reload();
  await expect(page.getByRole("button", { name: "Choose a photo: You" })).toBeVisible();
});
