/** A garment, its size chart, a body, and which size fits: in each browser, and in Chromium on a phone. */
import { readFileSync } from "node:fs";

import { expect, expectNoViolations, test } from "./browser";
import { inChromium } from "./browsers/chromium";
import { inOthers } from "./browsers/each";
import { expectCalled, expectCount, expectInWindow, expectSaid, expectText, fill, give, listen, RESULT, signUp, tap } from "./browsers/page";
import type { Visitor } from "./browsers/visitor";
import { expectSaid as expectRead } from "./reader";

const CONFIRM = "It is right: confirm";
const CELL = "input[aria-label^='chest, size M']";
const ADVICE = "[data-testid=size-advice]";

/** Where the journey rests, and a browser whose driver can may look at the whole page. */
type Place = "adding" | "no chart" | "read" | "confirmed" | "measured" | "advised";

async function adviseOnSize(visitor: Visitor, url: string, chart: string, at: (place: Place) => Promise<unknown> = async () => null): Promise<void> {
  await signUp(visitor, url);
  await listen(visitor);
  await tap(visitor, "Wardrobe");
  await tap(visitor, "Add a garment");
  await tap(visitor, "T-shirt");
  await fill(visitor, "Name", "Sunday shirt");
  await fill(visitor, "What is it?", "shirt");
  await fill(visitor, "Composition", "98 % cotton, 2 % elastane");
  await at("adding");
  await tap(visitor, "Save");
  await expectText(visitor, "h1", "Sunday shirt");
  await expectSaid(visitor, "The cloth counts as: comfort.");

  await at("no chart");
  await give(visitor, "chart-file", chart, readFileSync(`../tests/inference/engines/size_chart/data/${chart}`, "base64"));
  await expectCalled(visitor, /^The chart is read: \d sizes\.$/);
  const open = () => visitor.run((words) => [...document.querySelectorAll("button")].find(({ textContent }) => textContent === words)?.disabled, CONFIRM);
  await expect.poll(open).toBe(true);
  await at("read");
  // Whatever is open is answered with the keyboard alone: doubtful cells, and whose measures these are.
  while (await open()) {
    const focus = () => {
      const answers = [...document.querySelectorAll<HTMLButtonElement>("section[aria-label*=open] button")];
      answers.find(({ textContent }) => /^(It is right|The body's)$/.test(textContent ?? ""))?.focus();
      return document.activeElement?.tagName;
    };
    expect(await visitor.run(focus)).toBe("BUTTON");
    await visitor.press("Enter");
  }
  const value = await visitor.run((cell) => document.querySelector<HTMLInputElement>(cell)?.value ?? "", CELL);
  await fill(visitor, "chest, size M", "99");
  await visitor.press("Enter");
  await tap(visitor, "Undo");
  await expectText(visitor, CELL, new RegExp(`^${value}$`));
  await expectCalled(visitor, /^Nothing is open\.$/);
  await tap(visitor, CONFIRM);
  await expectCalled(visitor, /^The chart is confirmed: it may name sizes\./);
  await at("confirmed");

  await tap(visitor, "Your measures", ADVICE);
  await fill(visitor, "Height", "172");
  await fill(visitor, "Chest or bust", "93");
  await fill(visitor, "Waist", "75");
  await fill(visitor, "Waist, once more", "79");
  await expectCalled(visitor, /The two differ by more than 2 cm\./);
  await fill(visitor, "Waist, once more", "76");
  await expectSaid(visitor, "The mean counts: 75.5 cm.");
  await fill(visitor, "Hips", "99");
  await fill(visitor, "Neck", "37");
  await at("measured");
  await tap(visitor, "Save");
  await expectCalled(visitor, /^Your measures are saved\./);

  await tap(visitor, "Wardrobe");
  await expectCount(visitor, "[data-testid=garment-card]", 1);
  await visitor.run(() => document.querySelector<HTMLElement>("[data-testid=garment-card]")?.click());
  await tap(visitor, "Try it on", "main");
  await tap(visitor, "Ada");
  await tap(visitor, "Try it on");
  await expectInWindow(visitor, RESULT);
  await expectCalled(visitor, /^Size (S|M|L)(Sure|Fairly sure|Unsure)/); // and not the whole chart
  await expectText(visitor, ADVICE, /^Size (S|M|L)$/m);
  await visitor.run((advice) => [...document.querySelectorAll<HTMLElement>(`${advice} button[aria-expanded]`)].find(({ textContent }) => /^chest: /i.test(textContent ?? ""))?.focus(), ADVICE);
  await visitor.press("Enter");
  await expectText(visitor, `${ADVICE} button[aria-expanded=true]`, /^chest: /i);
  await expectCount(visitor, `${ADVICE} th[scope=col][aria-label$=', recommended']`, 1);
  await at("advised");

  await visitor.goto(`${url}/body`);
  await tap(visitor, "Erase my measures");
  await expectSaid(visitor, "Your measures are erased.");
  await visitor.goto(`${url}/body`);
  await expectText(visitor, "#measure-height", /^$/);
}

/** What a screen reader says at each place. */
const SAID: Partial<Record<Place, [where: [role: string, name: string], lines: (string | RegExp)[]]>> = {
  "no chart": [["region", "Size chart"], ["heading, Size chart", "No size chart", "textbox, Or paste the chart here", "button, Read it, unavailable"]],
  read: [
    ["region", "Size chart"],
    [
      "image, The chart as it was sent",
      "table, The chart as it was read",
      "columnheader, Size",
      /^textbox, chest, size M\??, \d/,
      "button, Leave out size M",
      "button, Undo, unavailable",
      /^(One thing is|\d+ things are) open:$/,
      "group, Whose measures are these?",
      "button, The body's",
      "button, It is right: confirm, unavailable",
    ],
  ],
  confirmed: [["region", "Size chart"], ["Chart confirmed", "Nothing is open.", "button, It is right: confirm"]],
  measured: [
    ["form", "Your measures"],
    [
      "radio, cm, kg, checked",
      "textbox, Height, 172",
      "checkbox, Height is estimated, not taken with a tape, not checked",
      "textbox, Waist, 75, The mean counts: 75.5 cm.",
      "textbox, Waist, once more, 76",
      "button, Save",
    ],
  ],
  advised: [
    ["region", "Which size"],
    [
      "heading, Which size",
      "radio, Regular, checked",
      /^Size (S|M|L)$/,
      /^(Sure|Fairly sure|Unsure)$/,
      "group, Where it sits",
      /^button, Chest: .*, expanded$/,
      /^The chart says no more than that\.$|^\d+(\.\d)? cm (more|less) than you/,
      /^button, Waist: .*, collapsed$/,
      /^DisclosureTriangle, Why/,
      "table, The whole chart",
      /^columnheader, (S|M|L), recommended$/,
      "The picture of the try-on does not show fit: it is drawn, not measured.",
    ],
  ],
};

const TITLE = "a chart is read, its questions answered, and a size named";

for (const [name, options, chart] of [
  ["desktop", { viewport: { width: 1280, height: 900 } }, "c08.png"],
  ["phone", { viewport: { width: 390, height: 844 }, colorScheme: "dark", hasTouch: true, isMobile: true }, "c02.png"],
] as const)
  test(`${TITLE}, ${name}`, async ({ another, url }) => {
    const page = await another({ ...options, reducedMotion: "reduce" });
    await adviseOnSize(inChromium(page), url, chart, async (place) => {
      await expectNoViolations(page);
      // The pages are the same on both, the chart's questions are not.
      const said = SAID[place];
      if (said && name === "desktop") await expectRead(page, ...said);
    });
  });

inOthers(TITLE, (visitor, url) => adviseOnSize(visitor, url, "c08.png"));
