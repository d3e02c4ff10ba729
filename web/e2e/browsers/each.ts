/** Journeys in each browser: in Chromium, and in the others where they are installed. */
import { existsSync } from "node:fs";

import { test } from "../browser";
import { inChromium } from "./chromium";
import { FIREFOX, openFirefox } from "./firefox";
import type { Visitor } from "./visitor";
import { openWebKit, WEBKIT, XVFB } from "./webkit";

const OTHERS: { name: string; needs: string[]; hint: string; open: () => Promise<Visitor> }[] = [
  { name: "Firefox ESR", needs: [FIREFOX], hint: "apt-get install firefox-esr", open: openFirefox },
  { name: "WebKitGTK", needs: [WEBKIT, XVFB], hint: "apt-get install webkit2gtk-driver xvfb", open: openWebKit },
];

type Walk = (visitor: Visitor, url: string) => Promise<void>;

/** A test of `walk` in each browser but Chromium; it says what is missing where one is not installed. */
export function inOthers(title: string, walk: Walk): void {
  for (const { name, needs, hint, open } of OTHERS)
    test(`${title}, in ${name}`, async ({ url }, info) => {
      test.skip(!needs.every(existsSync), `the app in ${name}: \`${hint}\``);
      const visitor = await open();
      try {
        await walk(visitor, url);
      } catch (error) {
        await visitor.screenshot(info.outputPath("failed.png"));
        throw error;
      } finally {
        await visitor.close();
      }
    });
}

/** A test of `walk` in each browser. */
export function inEach(title: string, walk: Walk): void {
  test(`${title}, in Chromium`, ({ page, url }) => walk(inChromium(page), url));
  inOthers(title, walk);
}

/** A test of `walk` with a visitor in each browser that is here, for what happens to the whole system. */
export function inAllAtOnce(title: string, walk: (visitors: Visitor[], url: string) => Promise<void>): void {
  test(title, async ({ page, url }, info) => {
    const visitors = [inChromium(page)];
    try {
      for (const { needs, open } of OTHERS) if (needs.every(existsSync)) visitors.push(await open());
      await walk(visitors, url);
    } catch (error) {
      for (const [i, visitor] of visitors.entries()) await visitor.screenshot(info.outputPath(`failed-${i}.png`));
      throw error;
    } finally {
      for (const visitor of visitors.slice(1)) await visitor.close();
    }
  });
}
