/** The shopper's way in Firefox ESR and in WebKitGTK, the engine of Safari. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

import { expect, test } from "../browser";
import { python, signal } from "../system";
import { inChromium } from "./chromium";
import { inOthers } from "./each";
import { FIREFOX, openFirefox } from "./firefox";
import { expectCount, expectInEveryWindow, expectInWindow, expectSaid, fill, offer, pathOf, RESULT, standBefore, tap } from "./page";
import type { Visitor } from "./visitor";

const TURNED = "480×640";
/** What is answered to each picture of files.py that is not taken. */
const REFUSED: Record<string, string> = { "scan.tiff": "TIFF", "words.jpg": "not a picture", "huge.png": "201 million pixels" };

function files(): Record<string, string> {
  const out = execFileSync(python, ["e2e/browsers/files.py"], { encoding: "utf8", maxBuffer: 2 ** 26 });
  return JSON.parse(out) as Record<string, string>;
}

async function expectFormats(visitor: Visitor): Promise<void> {
  const answers: Record<string, string> = {};
  const expected: Record<string, unknown> = {};
  for (const [file, content] of Object.entries(files())) {
    answers[file] = await offer(visitor, "garment", file, content);
    const why = file.startsWith("half-") ? "stops before its end" : REFUSED[file];
    expected[file] = why ? expect.stringContaining(why) : TURNED;
  }
  expect(answers).toEqual(expected);
}

test("every format is taken upright or refused with a reason in Chromium, too", async ({ page }) => {
  await page.goto("/studio");
  await expectFormats(inChromium(page));
});

const [PERSON, GARMENT, CARD] = ["img[alt='You: ada.jpg']", "img[alt='Garment: tshirt.jpg']", "[data-testid=job-card]"];

inOthers("the shopper's way", async (visitor, url) => {
  await test.step("a sample is tried on, and the result is in view", async () => {
    await visitor.resize(390, 844);
    await visitor.goto(`${url}/studio`);
    await tap(visitor, "Ada");
    await expectInWindow(visitor, PERSON); // until then, what lies below moves
    await tap(visitor, "T-shirt");
    await expectInWindow(visitor, GARMENT);
    await tap(visitor, "Try it on");
    await expectInEveryWindow(visitor, RESULT);
    expect(await visitor.run(() => document.activeElement?.getAttribute("data-testid"))).toBe("stage");
    await visitor.resize(360, 780);
    await visitor.run(() => void (document.documentElement.style.fontSize = "200%"));
    const aside = () => visitor.run(() => document.documentElement.scrollWidth - innerWidth);
    await expect.poll(aside, { message: "nothing has to be scrolled sideways" }).toBeLessThanOrEqual(0);
  });

  await test.step("it has an address of its own, and before is left, after right", async () => {
    const address = await pathOf(visitor);
    expect(address).toMatch(/^\/try\/[\w-]+$/);
    await visitor.goto(url + address);
    await expectInEveryWindow(visitor, RESULT);
    const [before, after] = await visitor.run(() => {
      const slider = document.querySelector("[data-testid=result] input[type=range]") as HTMLInputElement;
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(slider, "50");
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      return [...(slider.parentElement?.querySelectorAll(":scope > span:not(:empty)") ?? [])]
        .filter(({ textContent }) => textContent === "Before" || textContent === "After")
        .sort((one, other) => one.getBoundingClientRect().x - other.getBoundingClientRect().x)
        .map(({ textContent }) => textContent);
    });
    expect([before, after]).toEqual(["Before", "After"]);
  });

  await test.step("what was chosen and what is under way come back", async () => {
    await visitor.run(() => history.back());
    await expectInEveryWindow(visitor, PERSON, GARMENT);
    await fill(visitor, "Colours", "dark");
    await visitor.goto(`${url}/studio`);
    await expectInEveryWindow(visitor, PERSON, GARMENT);
    expect(await visitor.run(() => getComputedStyle(document.body).colorScheme)).toBe("dark");
    signal("weaver", "SIGSTOP");
    try {
      await tap(visitor, "Try it on");
      await expectInEveryWindow(visitor, `${CARD}[data-status=queued] [role=progressbar]`, `${CARD} [data-testid=expectation]`);
      await expectSaid(visitor, "You are next");
      await visitor.goto(await visitor.run(() => location.href));
      await expectInWindow(visitor, `${CARD}[data-status=queued]`);
      await visitor.run(() => history.back());
      await expectCount(visitor, PERSON, 1);
      await tap(visitor, "1 try-on under way →");
      await expectInWindow(visitor, `${CARD}[data-status=queued]`);
      await tap(visitor, "Cancel");
      await expectInEveryWindow(visitor, `${CARD}[data-status=cancelled]`);
    } finally {
      signal("weaver", "SIGCONT");
    }
  });

  await test.step("a picture is pasted on the page, cut out, and told of in the history", async () => {
    await visitor.goto(`${url}/studio`);
    await expectInWindow(visitor, GARMENT);
    await visitor.run(async () => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([await (await fetch("/samples/garments/dress.jpg")).blob()], "Red dress.jpg", { type: "image/jpeg" }));
      document.body.dispatchEvent(Object.defineProperty(new Event("paste", { bubbles: true, cancelable: true }), "clipboardData", { value: clipboardData }));
    });
    await expectInEveryWindow(visitor, PERSON, "img[alt='Garment: Red dress.jpg']");
    // What is found in a photo, below it, would move what is tapped.
    await expect.poll(() => visitor.run(() => document.body.innerText)).not.toContain("Looking at the photo…");
    await tap(visitor, "Cut it out of its background");
    const [anchor, hem] = ["[aria-label^='Left shoulder: ']", "[aria-label^='Right hem: ']"];
    await expectInEveryWindow(visitor, anchor, hem);
    const place = () => visitor.run((anchor) => document.querySelector(anchor)?.getAttribute("aria-label"), anchor);
    const before = await place();
    await visitor.run((anchor) => document.querySelector<HTMLElement>(anchor)?.focus(), anchor);
    await visitor.press("ArrowRight");
    await expect.poll(place).not.toBe(before);
    await tap(visitor, "Use the cut-out");
    await expectInEveryWindow(visitor, "img[alt='Garment: Cut-out']");
    await tap(visitor, "Try it on");
    await expectInWindow(visitor, RESULT);
    await tap(visitor, "History");
    await expectInEveryWindow(visitor, "[data-testid=history-card]");
    expect(await visitor.run(() => document.querySelector("[data-testid=history-card]")?.textContent)).toContain("Red dress");
  });

  await test.step("two results are compared, Back closes what shows them, and one that is deleted comes back by Undo", async () => {
    const cards = "[data-testid=history-card]";
    const open = (nth: number) => visitor.run((done, nth) => document.querySelectorAll<HTMLElement>(done)[nth]?.click(), `${cards}[data-status=completed]`, nth);
    await expectCount(visitor, cards, 3); // and the one that was cancelled
    await tap(visitor, "Compare");
    for (const nth of [0, 1]) await open(nth);
    await tap(visitor, "Compare 2");
    await expectInEveryWindow(visitor, "dialog[open] li:nth-child(1)", "dialog[open] li:nth-child(2)");
    await visitor.run(() => history.back());
    await expectCount(visitor, "dialog[open]", 0);
    expect(await pathOf(visitor)).toBe("/history");
    await tap(visitor, "Done");
    await open(0);
    await expectInEveryWindow(visitor, RESULT);
    await tap(visitor, "Delete");
    await expectCount(visitor, cards, 2);
    await tap(visitor, "Undo");
    await expectCount(visitor, cards, 3);
  });

  await test.step("a guest keeps it all in an account, signs out, and signs in again", async () => {
    const email = `shopper-${crypto.randomUUID()}@example.com`;
    await tap(visitor, "Account");
    await tap(visitor, "Create an account and keep everything");
    await fill(visitor, "E-mail address", email);
    await fill(visitor, "Password", "a long password");
    await tap(visitor, "Create an account");
    await expectSaid(visitor, "See it on you");
    await tap(visitor, "Account");
    await tap(visitor, "Sign out");
    await tap(visitor, "Sign in");
    await fill(visitor, "E-mail address", email);
    await fill(visitor, "Password", "another password");
    await visitor.run(() => document.querySelector<HTMLFormElement>("form")?.requestSubmit());
    await expectInEveryWindow(visitor, "[role=alert]");
    await fill(visitor, "Password", "a long password");
    await visitor.run(() => document.querySelector<HTMLFormElement>("form")?.requestSubmit());
    await expectSaid(visitor, "See it on you");
    await tap(visitor, "History");
    await expectInEveryWindow(visitor, "[data-testid=history-card][data-status=completed]");
  });

  await test.step("every format is taken upright or refused with a reason, and what stops early is refused", async () => {
    await visitor.goto(`${url}/studio`);
    await expectFormats(visitor);
  });

  await test.step("the mirror shows the garment, or says what is missing", async () => {
    for (const width of [320, 360, 375]) {
      await visitor.resize(width, 800);
      await visitor.goto(`${url}/mirror`);
      expect(await visitor.run(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
    const blind = /firefox/i.test(visitor.name); // without a GPU this Firefox has no WebGL
    for (const [error, code] of [["NotAllowedError", "denied"], ["NotFoundError", "absent"], ["NotReadableError", "busy"]] as const) {
      await visitor.goto(`${url}/mirror`);
      await visitor.run((error) => void (MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException("", error))), error);
      await tap(visitor, "Start the camera");
      await expectInEveryWindow(visitor, `[data-testid=mirror-problem][data-code=${blind ? "webgl" : code}]`);
    }
    await visitor.goto(`${url}/mirror`);
    await standBefore(visitor, "people/mei.jpg");
    await tap(visitor, "Start the camera");
    await expect.poll(() => visitor.run(() => document.querySelector("[data-testid=coach]")?.textContent || document.querySelector("[data-testid=mirror-problem]")?.textContent)).toContain(blind ? "WebGL is off" : "Good. Hold still and press Snap.");
  });
});

test("a Firefox that hides pixels from pages sends photos as they are, without what is told beside them", async ({ url }) => {
  test.skip(!existsSync(FIREFOX), "the app in Firefox: `apt-get install firefox-esr`");
  const visitor = await openFirefox({ "privacy.resistFingerprinting": true });
  try {
    await visitor.goto(`${url}/studio`);
    const all = files();
    expect(await offer(visitor, "person", "turned.jpg", all["turned.jpg"] as string)).toBe(TURNED);
    await tap(visitor, "T-shirt");
    await visitor.run(() => {
      const { send } = XMLHttpRequest.prototype;
      XMLHttpRequest.prototype.send = function (body) {
        if (body instanceof Blob)
          void body.arrayBuffer().then((bytes) => {
            const end = new Uint8Array(bytes.slice(-2000));
            document.body.dataset.sent = (document.body.dataset.sent ?? "") + btoa(String.fromCharCode(...end)) + " ";
          });
        send.call(this, body);
      };
    });
    await tap(visitor, "Try it on");
    // The end of its scan: not one pixel is another.
    const end = Buffer.from(all["turned.jpg"] as string, "base64").subarray(-2000).toString("base64");
    await expect.poll(() => visitor.run(() => document.body.dataset.sent)).toContain(end);
    await visitor.goto(`${url}/studio`);
    expect(await offer(visitor, "garment", "phone.heic", all["phone.heic"] as string)).toContain("Choose a JPEG, PNG or WebP file");
  } finally {
    await visitor.close();
  }
});
