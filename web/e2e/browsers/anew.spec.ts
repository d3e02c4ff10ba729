/** What an open page makes of a gateway that ends, and of a whole system that is started anew, in each browser. */
import { expect } from "../browser";
import { inAllAtOnce } from "./each";
import { expectCount, expectInEveryWindow, expectInWindow, expectSaid, RESULT, tap, tryOn } from "./page";
import { restart, signal, supervisor } from "../system";

const QUEUED = "[data-testid=job-card][data-status=queued]";
const CARD = "[data-testid=history-card]";

inAllAtOnce("the gateway restarts, and the result that was missed appears by itself", async (waiting, url) => {
  const missed = "No live connection right now";
  for (const visitor of waiting) await visitor.goto(`${url}/studio`);
  signal("weaver", "SIGSTOP");
  try {
    for (const visitor of waiting) {
      await tryOn(visitor, "Kofi", "T-shirt");
      await expectCount(visitor, QUEUED, 1);
    }
    supervisor("SIGSTOP");
    signal("gateway", "SIGKILL");
    for (const visitor of waiting) {
      await expectSaid(visitor, missed);
      await expectInEveryWindow(visitor, `${QUEUED} p.text-warn`, `${QUEUED} button`);
    }
  } finally {
    supervisor("SIGCONT");
    signal("weaver", "SIGCONT");
  }
  for (const visitor of waiting) {
    await expectInWindow(visitor, RESULT);
    expect(await visitor.run(() => document.body.innerText)).not.toContain(missed);
  }
});

inAllAtOnce("a page that stays open goes on after the whole system was started anew", async (staying, url) => {
  for (const visitor of staying) {
    await visitor.goto(`${url}/studio`);
    await tryOn(visitor, "Kofi", "Striped top");
    await expectInWindow(visitor, RESULT);
    await visitor.run(() => void (document.body.dataset.page = "the same"));
  }
  await restart();
  for (const visitor of staying) {
    await tap(visitor, "History");
    await expectCount(visitor, CARD, 1);
    await visitor.run((card) => document.querySelector<HTMLElement>(card)?.click(), CARD);
    await expectInWindow(visitor, RESULT);
    await tap(visitor, "T-shirt");
    await expectCount(visitor, "img[alt='Garment: tshirt.jpg']", 1);
    await tap(visitor, "Try it on");
    await expectCount(visitor, RESULT, 0); // of the one before
    await expectInWindow(visitor, RESULT);
    expect(await visitor.run(() => document.body.dataset.page)).toBe("the same");

    await tap(visitor, "History");
    await expectCount(visitor, CARD, 2);
    await expectInEveryWindow(visitor, `li:nth-child(1) > ${CARD}`, `li:nth-child(2) > ${CARD}`);
    await expectSaid(visitor, "Striped top");
    await tap(visitor, "Compare");
    for (const nth of [0, 1]) await visitor.run((card, nth) => document.querySelectorAll<HTMLElement>(card)[nth]?.click(), CARD, nth);
    await tap(visitor, "Compare 2");
    await expectCount(visitor, "dialog[open] img[alt='You, wearing the garment']", 2);
    await expectInEveryWindow(visitor, "dialog[open] li:nth-child(1)", "dialog[open] li:nth-child(2)");
  }
});
