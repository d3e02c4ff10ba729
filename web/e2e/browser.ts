/** The browser as tests use it: any request to elsewhere, any broken rule of the CSP and any page error fails the test. */
import AxeBuilder from "@axe-core/playwright";
import { expect, test as base, type BrowserContext, type Locator, type Page } from "@playwright/test";

export { expect };

async function guard(context: BrowserContext): Promise<string[]> {
  const wrongs: string[] = [];
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.hostname !== "127.0.0.1") wrongs.push(`request to ${url.origin}`);
  });
  context.on("weberror", (error) => wrongs.push(`page error: ${error.error().message}`));
  context.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) wrongs.push(message.text());
  });
  return wrongs;
}

export const test = base.extend<{ url: string; another: (options?: object) => Promise<Page> }>({
  url: async ({}, use) => {
    await use(process.env.E2E_URL as string);
  },
  baseURL: async ({ url }, use) => {
    await use(url);
  },
  context: async ({ context }, use) => {
    const wrongs = await guard(context);
    await use(context);
    expect(wrongs).toEqual([]);
  },
  /** One more visitor, with cookies of their own. */
  another: async ({ browser, url }, use) => {
    const made: [BrowserContext, string[]][] = [];
    await use(async (options = {}) => {
      const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 900 }, ...options });
      made.push([context, await guard(context)]);
      return context.newPage();
    });
    for (const [context, wrongs] of made) {
      expect(wrongs).toEqual([]);
      await context.close();
    }
  },
});

export async function signUp(page: Page, email = `shopper-${crypto.randomUUID()}@example.com`): Promise<string> {
  await page.goto("/account");
  await page.getByRole("button", { name: "New here? Create an account" }).click();
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill("a long password");
  await page.getByRole("button", { name: "Create an account" }).click();
  await expect(page.getByRole("heading", { name: "See it on you" })).toBeVisible();
  return email;
}

/** Choose a sample of each kind and press the button. */
export async function tryOn(page: Page, person: string, garment: string): Promise<void> {
  await page.getByRole("button", { name: person, exact: true }).click();
  await page.getByRole("button", { name: garment, exact: true }).click();
  await page.getByRole("button", { name: "Try it on", exact: true }).click();
}

/** What fades or moves has come to its end: until then a click goes astray, and the next try scrolls the page first. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter((each) => Number.isFinite(Number(each.effect?.getComputedTiming().endTime)));
    await Promise.allSettled(ending.map((each) => each.finished));
  });
}

/** It is whole within the window, and nothing lies over its corners or its middle. */
export async function expectSeen(target: Locator): Promise<void> {
  await settled(target.page());
  await expect(target).toBeInViewport({ ratio: 0.99 });
  const hidden = () =>
    target.evaluate((element) => {
      const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
      const [x, y] = [Math.min(12, width / 4), Math.min(12, height / 4)];
      const points = [[left + x, top + y], [right - x, top + y], [(left + right) / 2, (top + bottom) / 2], [left + x, bottom - y], [right - x, bottom - y]];
      return points.flatMap(([x, y]) => {
        const over = document.elementFromPoint(x ?? 0, y ?? 0);
        // A slider lies over the pictures that it compares.
        const itself = over !== null && (element.contains(over) || over.contains(element) || over.matches("input[type=range]"));
        return itself ? [] : [over?.outerHTML.slice(0, 80) ?? "outside"];
      });
    });
  await expect.poll(hidden).toEqual([]);
}

/** The windows of two phones, a laptop and a desktop. */
export const SIZES = [
  { width: 360, height: 780 },
  { width: 390, height: 844 },
  { width: 1366, height: 768 },
  { width: 1920, height: 1080 },
] as const;

/** What `check` says holds in each of these windows, at the page's top. The window is as it was afterwards. */
export async function inEverySize(page: Page, check: () => Promise<void>): Promise<void> {
  const before = page.viewportSize();
  for (const size of SIZES)
    await test.step(`${size.width}×${size.height}`, async () => {
      await page.setViewportSize(size);
      await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
      await check();
    });
  if (before) await page.setViewportSize(before);
}

/** `targets` are seen in each of these windows, all of one page. */
export async function expectSeenInEverySize(...targets: [Locator, ...Locator[]]): Promise<void> {
  await inEverySize(targets[0].page(), async () => {
    for (const target of targets) await test.step(String(target), () => expectSeen(target));
  });
}

/** Nothing of a picture is cut off, and it has its own shape: bands beside it are left free. */
export async function expectWhole(picture: Locator): Promise<void> {
  const shape = () =>
    picture.evaluate((image: HTMLImageElement) => {
      const { width, height } = image.getBoundingClientRect();
      const stretched = Math.abs(width / height / (image.naturalWidth / image.naturalHeight) - 1);
      return { fit: getComputedStyle(image).objectFit, stretched: image.naturalWidth === 0 ? 1 : stretched };
    });
  await expect.poll(async () => ((found) => found.fit === "contain" || found.stretched < 0.02)(await shape())).toBe(true);
}

/** The finished picture has arrived and is painted. */
export async function expectResult(page: Page): Promise<void> {
  const picture = page.getByTestId("result").getByAltText("You, wearing the garment");
  await expect(picture).toBeVisible();
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
}

/** axe finds nothing on the page as it is, once what fades or moves has come to its end: colours half way are nobody's. */
export async function expectNoViolations(page: Page): Promise<void> {
  await settled(page);
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
}
