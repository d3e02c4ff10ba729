/** The mirror with a drawn person as its camera. */
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Page } from "@playwright/test";

import { SAMPLE_ANCHORS } from "../src/mirror/sampleAnchors";
import { mesh } from "../src/mirror/warp";
import { expect, expectResult, expectSeen, expectSeenInEverySize, test } from "./browser";
import { python } from "./system";

type Body = [[number, number], [number, number], [number, number], [number, number]];

/** A second of the sample person Mei, standing in a 640×480 room, as uncompressed video. */
function film(): string {
  const path = join(mkdtempSync(join(tmpdir(), "camera-")), "mei.y4m");
  execFileSync(python, [
    "-c",
    "import sys; from PIL import Image\n" +
      "person = Image.open('../samples/drawn/people/mei.jpg').resize((360, 480))\n" +
      "frame = person.resize((640, 480), box=(0, 0, 20, 480)); frame.paste(person, (140, 0))\n" +
      "y, u, v = frame.convert('YCbCr').split()\n" +
      "small = [plane.resize((320, 240)).tobytes() for plane in (u, v)]\n" +
      "one = b'FRAME\\n' + y.tobytes() + small[0] + small[1]\n" +
      "open(sys.argv[1], 'wb').write(b'YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\\n' + one * 10)",
    path,
  ]);
  return path;
}

/** Where samples/drawn/make.py has her arms and legs begin, in that frame, left ones first. */
const drawn = (x: number, y: number): [number, number] => [(140 + (x * 360) / 768) / 640, y / 1024];
/** Her build there, which scales widths. */
const BUILD = 0.9;
const TRUTH: Body = [drawn(384 + 124 * BUILD, 352), drawn(384 - 124 * BUILD, 352), drawn(384 + 48 * BUILD, 700), drawn(384 - 48 * BUILD, 700)];

const camera = ["--no-sandbox", "--enable-unsafe-swiftshader", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film()}`];
test.use({ launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...camera, "--use-fake-ui-for-media-stream"] } });

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

test("the garment lies on the drawn body, and Snap ends in a try-on; a picture", async ({ page }, info) => {
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  await start(page);
  await expect(page.getByTestId("coach")).toHaveText("Good. Hold still and press Snap.");
  // The browser's own word, of a graphics card that is none.
  expect(said.filter((line) => !line.includes("GL Driver Message")), "libraries keep what is nobody's concern").toEqual([]);
  for (const named of [page.getByRole("link", { name: "Add mine" }), page.getByRole("button", { name: "Striped top" })]) await expect(named).toBeVisible();
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
  const folder = process.env.PICTURES ?? info.outputDir;
  await page.screenshot({ path: `${folder}/web-mirror-desktop.jpg`, type: "jpeg", quality: 82 });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByTestId("mirror").scrollIntoViewIfNeeded();
  await page.screenshot({ path: `${folder}/web-mirror-phone.jpg`, type: "jpeg", quality: 82 });
});

test("a laptop's camera takes the photo of the studio", async ({ page }) => {
  await page.goto("/studio");
  await expectSeenInEverySize(page.getByRole("button", { name: "Take a photo: You" }));
  await page.getByRole("button", { name: "Take a photo: You" }).click();
  const take = page.getByRole("button", { name: "Take the photo" });
  await expect(take).toBeEnabled();
  await expectSeenInEverySize(take);
  await take.click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expectSeen(page.getByAltText("You: photo.jpg"));
});

test("the camera stops when asked, and a garment that does not load is said", async ({ page }) => {
  await page.route("**/cutouts/dress.webp", (route) => route.fulfill({ status: 404 }));
  await start(page);
  await expect(page.getByTestId("coach")).toHaveText("Good. Hold still and press Snap.");
  await page.getByRole("button", { name: "Dress" }).click();
  await expect(page.getByTestId("coach")).toContainText("could not be loaded");
  await page.getByRole("button", { name: "Stop the camera" }).click();
  await expect(page.getByRole("button", { name: "Start the camera" })).toBeVisible();
  expect(await page.evaluate(() => document.querySelector("video")?.srcObject)).toBeNull();
});

test("on a connection that counts megabytes, the button says how many", async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, "connection", { value: { saveData: true } }));
  await page.goto("/mirror");
  await expectSeenInEverySize(page.getByRole("button", { name: "Load 17 MB and start the camera" }));
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
