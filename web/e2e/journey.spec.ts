/** A shopper's way through the app, on the real system. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Page } from "@playwright/test";

import { expect, expectResult, expectSeenInEverySize, signUp, test, tryOn } from "./browser";
import type { Job } from "../client/src";
import { python } from "./system";

/** An engine with seeds needs a GPU: the gateway's answers say so of this one's pictures, and what is asked of it is the page's own. */
async function makeMore(page: Page): Promise<void> {
  const made: string[] = [];
  await page.route(/\/(jobs|vton)\/[\w-]+$/, async (route) => {
    if (route.request().method() !== "GET") return route.continue();
    const response = await route.fetch();
    const json = (await response.json()) as Job | { jobs: Job[] };
    for (const job of "jobs" in json ? json.jobs : [json]) {
      const { result_s3_key: key, result } = job;
      if (!key || result?.job_type !== "try_on") continue;
      if (!made.includes(key)) made.push(key);
      result.seed = 7;
      if (key === made[1]) result.samples = [...made].reverse().map((key, seed) => ({ key, thumbnail_key: key, seed, verdict: "pass" }));
    }
    await route.fulfill({ response, json });
  });
  await page.reload();
  const asked = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/jobs/weaver"));
  await page.getByRole("button", { name: "Make four more" }).click();
  expect(((await asked).postDataJSON() as { options: object }).options).toMatchObject({ samples: 4 });
  await page.getByTestId("samples").getByAltText("Picture 2").click();
  await expect(page.getByRole("radio", { name: "Picture 2" })).toBeChecked();
  await expectSeenInEverySize(page.getByTestId("result").getByAltText("You, wearing the garment"), page.getByTestId("samples"));
  await expect(page.getByRole("button", { name: "Make four more" })).toHaveCount(0);
  await page.unrouteAll({ behavior: "wait" });
}

test("sign up, try a sample on, find it in the history", async ({ page }) => {
  await signUp(page);
  await tryOn(page, "Mei", "Striped top");
  await expectResult(page);
  const slider = page.getByRole("slider", { name: "Compare before and after" });
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  await expect(slider).toHaveValue("1");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  expect((await download).suggestedFilename()).toMatch(/^try-on-.*\.jpg$/);

  await page.getByRole("link", { name: "History" }).click();
  const card = page.getByTestId("history-card");
  await expect(card).toHaveCount(1);
  await expect(card).toHaveAttribute("data-status", "completed");
  await card.click();
  await expectResult(page);
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(card).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(card).toHaveCount(1);
  await card.click();
  await expectResult(page);
  await makeMore(page);
});

test("a visitor tries a sample with one tap, and keeps it by signing up", async ({ page }) => {
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  await page.goto("/");
  await page.getByRole("button", { name: "Try it with a sample" }).click();
  await expectResult(page);
  expect(said, "nothing is wrong on an ordinary visit").toEqual([]);
  await page.getByRole("link", { name: "Account" }).click();
  await page.getByRole("button", { name: "Create an account and keep everything" }).click();
  await page.getByLabel("E-mail address").fill(`guest-${crypto.randomUUID()}@example.com`);
  await page.getByLabel("Password").fill("a long password");
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByRole("link", { name: "History" }).click();
  await expect(page.getByTestId("history-card")).toHaveCount(1);
});

test("photos as phones make them: HEIC and AVIF", async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), "photos-"));
  execFileSync(python, [
    "-c",
    "import sys, pillow_heif; from PIL import Image; pillow_heif.register_heif_opener(); folder = sys.argv[1]\n" +
      "Image.open('../samples/drawn/people/ada.jpg').save(folder + '/me.heic', quality=80)\n" +
      "Image.open('../samples/drawn/garments/tshirt.jpg').save(folder + '/shirt.avif', quality=80)",
    folder,
  ]);
  await page.goto("/studio");
  await page.getByTestId("person-file").setInputFiles(join(folder, "me.heic"));
  await page.getByTestId("garment-file").setInputFiles(join(folder, "shirt.avif"));
  await expect(page.getByAltText("You: me.heic")).toBeVisible();
  await expect(page.getByAltText("Garment: shirt.avif")).toBeVisible();
  await page.getByRole("button", { name: "Try it on", exact: true }).click();
  await expectResult(page);
});

test("an upright photo stays upright, a clear background stays clear, and what is too large is never decoded", async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), "photos-"));
  execFileSync(python, [
    "-c",
    "import sys, zlib, struct; from PIL import Image; folder = sys.argv[1]\n" +
      "person = Image.open('../samples/drawn/people/ada.jpg'); exif = person.getexif(); exif[0x112] = 6\n" + // turned by a camera
      "person.rotate(90, expand=True).save(folder + '/turned.jpg', exif=exif)\n" +
      "shirt = Image.open('../samples/drawn/garments/tshirt.jpg').convert('RGBA'); shirt.putalpha(shirt.convert('L').point(lambda v: 0 if v > 200 else 255))\n" +
      "shirt.save(folder + '/clear.png'); person.save(folder + '/scan.tiff')\n" +
      // A header that promises 20,000 × 20,000 pixels, and nothing that could be decoded behind it.
      "chunk = lambda kind, data: struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))\n" +
      "huge = chunk(b'IHDR', struct.pack('>IIBBBBB', 20000, 20000, 8, 2, 0, 0, 0)) + chunk(b'IDAT', zlib.compress(b'')) + chunk(b'IEND', b'')\n" +
      "open(folder + '/huge.png', 'wb').write(b'\\x89PNG\\r\\n\\x1a\\n' + huge)",
    folder,
  ]);
  await page.goto("/studio");
  await page.getByTestId("person-file").setInputFiles(join(folder, "scan.tiff"));
  await expect(page.getByRole("alert")).toContainText("TIFF");
  await page.getByTestId("person-file").setInputFiles(join(folder, "huge.png"));
  await expect(page.getByRole("alert")).toContainText("201 million pixels");
  await page.getByTestId("person-file").setInputFiles(join(folder, "turned.jpg"));
  const person = page.getByAltText("You: turned.jpg");
  await expect.poll(() => person.evaluate((image: HTMLImageElement) => image.naturalHeight > image.naturalWidth)).toBe(true);
  await page.getByTestId("garment-file").setInputFiles(join(folder, "clear.png"));
  await expect(page.getByAltText("Garment: clear.png")).toBeVisible();
  await page.getByRole("button", { name: "Try it on", exact: true }).click();
  await expectResult(page);
  const sent = await page.evaluate(async () => {
    const [vton] = ((await (await fetch("/vton")).json()) as { items: { user_snap_s3: string; uncleaned_outfit_s3: string }[] }).items;
    const read = async (key: string | undefined) => {
      const headers = { "content-type": "application/json" };
      const ticket = await fetch("/images/presignedDownloadUrl", { method: "POST", headers, body: JSON.stringify({ key }) });
      const picture = await fetch(((await ticket.json()) as { url: string }).url);
      return { type: picture.headers.get("content-type"), text: await (await picture.blob()).slice(0, 4096).text() };
    };
    return Promise.all([read(vton?.user_snap_s3), read(vton?.uncleaned_outfit_s3)]);
  });
  expect(sent.map(({ type }) => type)).toEqual(["image/jpeg", "image/png"]);
  for (const { text } of sent) expect(text).not.toContain("Exif");
});

test("a page that is not served securely works, apart from the camera", async ({ playwright, url }) => {
  const insecure = url.replace("127.0.0.1", "shop.test");
  const browser = await playwright.chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--enable-unsafe-swiftshader", "--host-resolver-rules=MAP shop.test 127.0.0.1"],
  });
  try {
    const page = await browser.newPage({ baseURL: insecure });
    await page.goto("/mirror");
    expect(await page.evaluate(() => isSecureContext)).toBe(false);
    await page.getByRole("button", { name: "Start the camera" }).click();
    await expect(page.getByTestId("mirror-problem")).toHaveAttribute("data-code", "insecure");
    await page.goto("/studio");
    await tryOn(page, "Mei", "T-shirt");
    await expectResult(page);
  } finally {
    await browser.close();
  }
});

test("no picture, or half of one, is refused in plain words; one pasted on the page is taken", async ({ page }) => {
  await page.goto("/studio");
  await page.getByTestId("person-file").setInputFiles({ name: "me.jpg", mimeType: "image/jpeg", buffer: Buffer.from("hello") });
  await expect(page.getByRole("alert")).toContainText("not a picture");
  await expectSeenInEverySize(page.getByRole("alert"));
  const half = readFileSync("../samples/drawn/person.jpg").subarray(0, 40_000);
  await page.getByTestId("person-file").setInputFiles({ name: "me.jpg", mimeType: "image/jpeg", buffer: half });
  await expect(page.getByRole("alert")).toContainText("stops before its end");
  // Pasted on the page, not into a picker: you first, then the garment.
  for (const [sample, alt] of [["people/ada", "You: pasted.jpg"], ["garments/tshirt", "Garment: pasted.jpg"]] as const) {
    await page.evaluate(async (name) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([await (await fetch(`/samples/${name}.jpg`)).blob()], "pasted.jpg", { type: "image/jpeg" }));
      document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, sample);
    await expectSeenInEverySize(page.getByAltText(alt));
  }
});

test("the cut-out is looked at before it is used", async ({ page }) => {
  await page.goto("/studio");
  await page.getByRole("button", { name: "Kofi", exact: true }).click();
  await page.getByRole("button", { name: "Dress", exact: true }).click();
  await expect(page.getByRole("radio", { name: "Full body" })).toBeChecked();
  await expectSeenInEverySize(page.getByAltText("Garment: dress.jpg"), page.getByText("Full body", { exact: true }));
  await page.getByRole("button", { name: "Cut it out of its background" }).click();
  const anchor = page.getByRole("button", { name: /^Left shoulder: / });
  await expect(anchor).toBeVisible();
  const before = await anchor.getAttribute("aria-label");
  await anchor.press("ArrowRight");
  await expect(anchor).not.toHaveAttribute("aria-label", before ?? "");
  const use = page.getByRole("button", { name: "Use the cut-out" });
  await expectSeenInEverySize(anchor, page.getByRole("button", { name: /^Right hem: / }), use);
  await use.click();
  await expectSeenInEverySize(page.getByAltText("Garment: Cut-out"));
  await page.getByRole("button", { name: "Try it on", exact: true }).click();
  await expectResult(page);
  await page.getByRole("link", { name: "History" }).click();
  await expect(page.getByTestId("history-card"), "it is called what its garment is").toContainText("Dress");
});

test("two users at once never see each other's try-ons", async ({ another }) => {
  const [ada, bob] = [await another(), await another()];
  const heard: Record<string, string[]> = { ada: [], bob: [] };
  for (const [name, page] of [["ada", ada], ["bob", bob]] as const)
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => heard[name]?.push(String(payload))));
  await signUp(ada);
  await signUp(bob);
  await Promise.all([tryOn(ada, "Ada", "T-shirt"), tryOn(bob, "Kofi", "Striped top")]);
  await Promise.all([expectResult(ada), expectResult(bob)]);
  const users = (frames: string[]) => new Set(frames.map((frame) => (JSON.parse(frame) as { user_id: string }).user_id));
  expect(users(heard.ada ?? []).size).toBe(1);
  expect(users(heard.bob ?? []).size).toBe(1);
  expect(users(heard.ada ?? [])).not.toEqual(users(heard.bob ?? []));
  for (const page of [ada, bob]) {
    await page.getByRole("link", { name: "History" }).click();
    await expect(page.getByTestId("history-card")).toHaveCount(1);
  }
});
