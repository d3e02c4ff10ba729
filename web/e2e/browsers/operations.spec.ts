/** What an admin does on the operator's page, in each browser. */
import { expect } from "../browser";
import { inEach } from "./each";
import { expectCount, expectNoDialog, expectSaid, expectText, fill, signUp, tap } from "./page";
import type { Visitor } from "./visitor";
import { proteus, publish } from "../system";

async function openAsAdmin(visitor: Visitor, url: string): Promise<void> {
  proteus("admins", "add", await signUp(visitor, url));
  await visitor.goto(`${url}/studio`);
  await tap(visitor, "Operations");
  await expectCount(visitor, "[data-testid=board][data-stale=false]", 1);
}

const keyOf = (name: string) => `[data-testid='key-weaver.${name}']`;

inEach("an admin sees queue and workers, and pins and unpins what weavers do", async (visitor, url) => {
  await openAsAdmin(visitor, url);
  await expectText(visitor, "[data-testid=lane-try_on-standard]", "0 waiting · 0 in work");
  await expectText(visitor, "[data-testid=worker]:has([data-testid=heartbeat])", / s ago/);
  for (const width of [1440, 768, 480]) {
    await visitor.resize(width, 740);
    expect(await visitor.run(() => document.documentElement.scrollWidth - innerWidth), `at ${width} px`).toBeLessThanOrEqual(0);
  }
  await visitor.resize(1366, 768);
  const batch = keyOf("batch_size");
  await fill(visitor, "Batch size: value to pin", "9");
  await visitor.press("Enter");
  await expectCount(visitor, `${batch} input:invalid`, 1); // and nothing is pinned
  await expectCount(visitor, `${batch}[data-pinned=false]`, 1);
  try {
    await fill(visitor, "Batch size: value to pin", "4");
    await visitor.press("Enter");
    await expectCount(visitor, `${batch}[data-pinned=true]`, 1);
    await expectText(visitor, `${batch} [data-testid=holds]`, /^4$/);
    await fill(visitor, "Mode: value to pin", "SURGE");
    await tap(visitor, "Pin Mode");
    await expectText(visitor, "[data-testid=mode]", /^SURGE$/);
  } finally {
    for (const [name, label] of [["batch_size", "Batch size"], ["mode", "Mode"]] as const) {
      await tap(visitor, `Unpin ${label}`);
      await expectCount(visitor, `${keyOf(name)}[data-pinned=false]`, 1);
      expect(await visitor.run(() => document.activeElement?.getAttribute("aria-label")), "not lost with the button").toBe(`${label}: value to pin`);
    }
  }
  await expectText(visitor, "[data-testid=mode]", /^VIP$/);
});

inEach("a dead letter is shown whole, put back, and dropped", async (visitor, url) => {
  await openAsAdmin(visitor, url);
  const letter = "[data-testid=dead-letter]";
  const number = () => visitor.run((letter) => Number(/#(\d+)/.exec(document.querySelector(letter)?.textContent ?? "")?.[1]), letter);
  publish("tailor.requests", "nonsense"); // a message that is none
  await expectCount(visitor, letter, 1);
  await expectText(visitor, letter, "TAILOR");
  const first = await number();
  await tap(visitor, `Show dead letter ${first}`);
  await expectText(visitor, "dialog[open] section[aria-label=Message]", "nonsense");
  await expectText(visitor, "dialog[open] section[aria-label=History]", "tailor.requests");
  await visitor.press("Escape");
  await expectNoDialog(visitor);

  // What is nonsense stays nonsense: it comes back as another letter.
  await tap(visitor, `Retry dead letter ${first}`);
  await expectSaid(visitor, "was put back.");
  await expect.poll(async () => (await number()) > first).toBe(true);
  await expectCount(visitor, letter, 1);
  await tap(visitor, `Drop dead letter ${await number()}`);
  await tap(visitor, "Drop it for good");
  await expectSaid(visitor, "None. Every message found its worker.");
});
