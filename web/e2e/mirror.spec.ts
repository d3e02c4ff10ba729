/** The mirror with a drawn person as its camera. */
import type { Page } from "@playwright/test";

import { SAMPLE_ANCHORS } from "../src/mirror/sampleAnchors";
import { mesh } from "../src/mirror/warp";
import { expect, expectResult, expectSeenInEverySize, test } from "./browser";
import { withCamera } from "./camera";

type Body = [[number, number], [number, number], [number, number], [number, number]];

/** Where samples/drawn/make.py has her arms and legs begin, in that frame, left ones first. */
const drawn = (x: number, y: number): [number, number] => [(140 + (x * 360) / 768) / 640, y / 1024];
/** Her build there, which scales widths. */
const BUILD = 0.9;
const TRUTH: Body = [drawn(384 + 124 * BUILD, 352), drawn(384 - 124 * BUILD, 352), drawn(384 + 48 * BUILD, 700), drawn(384 - 48 * BUILD, 700)];

test.use({ launchOptions: withCamera("drawn/people/mei.jpg") });

async function start(page: Page): Promise<void> {
  await page.goto("/mirror?probe");
  await page.getByRole("button", { name: "Start the camera" }).click();
}

const read = async <T>(page: Page, what: string): Promise<T | null> =>
  JSON.parse((await page.getByTestId("mirror").getAttribute(`data-${what}`)) ?? "null") as T | null;

/** How wide the blue T-shirt is on the screen, as a fraction of the mirror. */
async function widthOfShirt(page: Page): Promise<number> {
  const picture = (await page.getByTestId("mirror").screenshot()).toString("base64");
  return page.evaluate(async (encoded) => {
    const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context?.drawImage(bitmap, 0, 0);
    const pixels = context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? [];
    let [left, right] = [bitmap.width, 0];
    for (let i = 0; i < pixels.length; i += 4)
      if ((pixels[i + 2] ?? 0) > (pixels[i] ?? 0) + 60) {
        const x = (i / 4) % bitmap.width;
        [left, right] = [Math.min(left, x), Math.max(right, x)];
      }
    return (right - left) / bitmap.width;
  }, picture);
}

test("the garment lies on the drawn body, and Snap ends in a try-on", async ({ page }) => {
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  await start(page);
  await expect(page.getByTestId("coach")).toHaveText("Good. Hold still and press Snap.");
  // The browser's own word, of a graphics card that is none.
  expect(said.filter((line) => !line.includes("GL Driver Message")), "libraries keep what is nobody's concern").toEqual([]);
  await expect.poll(() => read(page, "mesh")).not.toBeNull();
  const found = (await read<Body>(page, "body")) as Body;
  found.forEach(([x, y], i) => {
    expect(Math.abs(x - TRUTH[i]![0]), `landmark ${i}: ${x}, ${y}`).toBeLessThan(0.03);
    expect(Math.abs(y - TRUTH[i]![1]), `landmark ${i}: ${x}, ${y}`).toBeLessThan(0.03);
  });
  const vertices = (await read<[number, number][]>(page, "mesh")) as [number, number][];
  expect(vertices).toHaveLength(100);
  mesh(SAMPLE_ANCHORS.tshirt, TRUTH, 640 / 480).forEach(([x, y], i) => {
    expect(Math.abs(x - vertices[i]![0]), `vertex ${i}`).toBeLessThan(0.03);
    expect(Math.abs(y - vertices[i]![1]), `vertex ${i}`).toBeLessThan(0.03);
  });
  // The page flips what it painted; so the print, turned over on the mesh, reads from left to right.
  const flipped = await page.getByTestId("mirror").evaluate((box) => getComputedStyle(box).transform);
  expect(flipped).toBe("matrix(-1, 0, 0, 1, 0, 0)");
  expect(vertices[9]![0]).toBeLessThan(vertices[0]![0]);

  await expect.poll(() => widthOfShirt(page)).toBeGreaterThan(0.15);
  const width = await widthOfShirt(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expect.poll(() => widthOfShirt(page), { message: "it stays on the body on a narrower page" }).toBeCloseTo(width, 1.5);
  await page.setViewportSize({ width: 1280, height: 900 });

  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "PUT") sent.push(request.url());
  });
  await page.getByRole("button", { name: "Striped top" }).click();
  await expect(page.getByTestId("mirror")).toHaveAttribute("data-state", "ready");
  expect(sent, "nothing of the camera leaves before Snap").toEqual([]);
  await page.getByRole("button", { name: "Snap: try it on for real" }).click();
  await expectResult(page);
  expect(sent).toHaveLength(2);
});

test("on a connection that counts megabytes, the button says how many", async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, "connection", { value: { saveData: true } }));
  await page.goto("/mirror");
  const named = [page.getByRole("button", { name: "Striped top" }), page.getByRole("link", { name: "Add mine" })];
  await expectSeenInEverySize(page.getByRole("button", { name: "Load 17 MB and start the camera" }), ...named);
});

test("a camera that is not allowed, not there, or given to secure pages only", async ({ page }) => {
  const cases: [string, string][] = [
    ["NotAllowedError", "denied"],
    ["NotFoundError", "absent"],
    ["NotReadableError", "busy"],
  ];
  for (const [name, code] of cases) {
    await page.addInitScript((error) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", error));
    }, name);
    await start(page);
    await expect(page.getByTestId("mirror-problem")).toHaveAttribute("data-code", code);
  }
});

test("a browser without WebGL", async ({ page }) => {
  await page.addInitScript(() => {
    HTMLCanvasElement.prototype.getContext = () => null;
  });
  await start(page);
  await expect(page.getByTestId("mirror-problem")).toHaveAttribute("data-code", "webgl");
  await expectSeenInEverySize(page.getByTestId("mirror-problem"));
});

test("a model that does not load", async ({ page }) => {
  await page.route("**/pose_lite.task", (route) => route.fulfill({ status: 404 }));
  await start(page);
  await expect(page.getByTestId("mirror-problem")).toHaveAttribute("data-code", "model");
});
