/** Chromium by Playwright. */
import type { Page } from "@playwright/test";

import type { Visitor } from "./visitor";

export const inChromium = (page: Page): Visitor => ({
  name: `Chromium/${page.context().browser()?.version()}`,
  goto: async (url) => void (await page.goto(url)),
  // Playwright hands over one argument alone.
  run: (script, ...args) => page.evaluate(`(${script.toString()})(...${JSON.stringify(args)})`),
  tap: (x, y) => page.mouse.click(x, y),
  press: (key) => page.keyboard.press(key),
  resize: (width, height) => page.setViewportSize({ width, height }),
  screenshot: async (path) => void (await page.screenshot({ path })),
  close: () => page.close(),
});
