/** Firefox ESR by WebDriver BiDi. */
import puppeteer from "puppeteer-core";

import type { Visitor } from "./visitor";

export const FIREFOX = process.env.FIREFOX ?? "/usr/bin/firefox-esr";

export async function openFirefox(preferences: Record<string, boolean> = {}): Promise<Visitor> {
  // A busy machine takes long over a picture.
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: FIREFOX, headless: true, acceptInsecureCerts: true, extraPrefsFirefox: preferences, protocolTimeout: 600_000 });
  const page = await browser.newPage();
  return {
    name: await browser.version(),
    goto: async (url) => void (await page.goto(url)),
    run: (script, ...args) => page.evaluate(script as never, ...(args as unknown as never[])),
    tap: (x, y) => page.mouse.click(x, y),
    press: (key) => page.keyboard.press(key),
    resize: (width, height) => page.setViewport({ width, height }),
    screenshot: async (path) => void (await page.screenshot({ path: path as `${string}.png` })),
    close: () => browser.close(),
  };
}
