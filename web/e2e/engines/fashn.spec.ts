/** FASHN VTON, the engine of a shop with a GPU, through the app: on tiny weights, whose pictures are noise of the right size. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Page } from "@playwright/test";

import type { JobEvent } from "../../client/src";
import { expect, expectResult, expectSeenInEverySize, test } from "../browser";
import { python, root, signal, withEngine } from "../system";

const UPRIGHT = { name: "upright.png", width: 360, height: 480 };
const WIDE = { name: "wide.png", width: 900, height: 400 };
const TRIES = [["Top", UPRIGHT], ["Bottom", WIDE], ["Full body", WIDE]] as const;

/** The sample's person in the middle of a photo of each shape. */
const DRAW =
  "import sys; from PIL import Image\n" +
  "name, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])\n" +
  "person = Image.open('../samples/drawn/person.jpg').convert('RGB'); person.thumbnail((width, height))\n" +
  "photo = Image.new('RGB', (width, height), (180, 190, 200))\n" +
  "photo.paste(person, ((width - person.width) // 2, height - person.height)); photo.save(name)";

/** Of each job that runs the page hears of one step; what else there is to hear waits until it may go on. */
async function stopAtAStep(page: Page): Promise<() => void> {
  let stopped: string | null = null;
  const released = new Set<string | null>();
  const held: (() => void)[] = [];
  await page.routeWebSocket(/\/ws\?/, (socket) => {
    socket.connectToServer().onMessage((message) => {
      const { job_id: job, status, step } = JSON.parse(String(message)) as JobEvent;
      const first = step !== null && job !== stopped;
      if (first) stopped = job;
      if (first || released.has(job) || (job !== stopped && status !== "running")) socket.send(message);
      else held.push(() => socket.send(message));
    });
  });
  return () => {
    released.add(stopped);
    for (const send of held.splice(0)) send();
  };
}

test("each part comes back at the photo's size, upright or wide, and what lies beside the person stays", async ({ browser }) => {
  const folder = mkdtempSync(join(tmpdir(), "fashn-"));
  const weights = join(folder, "weights");
  execFileSync(python, [join(root, "tests/tiny_fashn.py"), weights], { cwd: root, env: { ...process.env, PYTHONPATH: root } });
  for (const { name, width, height } of [UPRIGHT, WIDE]) execFileSync(python, ["-c", DRAW, join(folder, name), String(width), String(height)]);
  await withEngine("auto", { PROTEUS_WEIGHTS_DIR: weights, PROTEUS_DEVICE: "cpu" }, async (url, data) => {
    const page = await browser.newPage({ baseURL: url });
    const goOn = await stopAtAStep(page);
    for (const [part, photo] of TRIES) {
      await page.goto("/studio");
      await page.getByTestId("person-file").setInputFiles(join(folder, photo.name));
      await page.getByTestId("garment-file").setInputFiles("../samples/drawn/garments/tshirt.jpg");
      await expect(page.getByAltText("Garment: tshirt.jpg")).toBeVisible();
      await page.getByText(part, { exact: true }).click();
      signal("weaver", "SIGSTOP", data);
      try {
        await page.getByRole("button", { name: "Try it on", exact: true }).click();
        await expect(page.getByTestId("job-card")).toHaveAttribute("data-status", "queued");
      } finally {
        signal("weaver", "SIGCONT", data);
      }
      await expectSeenInEverySize(page.getByTestId("expectation").filter({ hasText: /^Step \d+ of 30/ }));
      await expect(page.getByRole("progressbar")).toHaveAttribute("aria-valuetext", /^Step \d+ of 30$/);
      goOn();
      await expectResult(page);
      await expect(page.getByTestId("result")).not.toContainText("preview");
      const seen = await page.evaluate(async () => {
        const headers = { "content-type": "application/json" };
        const pixels = async (key: string) => {
          const ticket = await fetch("/images/presignedDownloadUrl", { method: "POST", headers, body: JSON.stringify({ key }) });
          const picture = await createImageBitmap(await (await fetch(((await ticket.json()) as { url: string }).url)).blob());
          const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d") as OffscreenCanvasRenderingContext2D;
          canvas.drawImage(picture, 0, 0);
          return canvas.getImageData(0, 0, picture.width, picture.height);
        };
        const [vton] = ((await (await fetch("/vton?limit=1")).json()) as { items: { user_snap_s3: string; result_s3: string }[] }).items;
        if (vton === undefined) throw new Error("no try-on");
        const [before, after] = [await pixels(vton.user_snap_s3), await pixels(vton.result_s3)];
        /** The largest difference of a channel within the columns from `left` to `right`. */
        const apart = (left: number, right: number) =>
          after.data.reduce((most, value, at) => {
            const column = (at >> 2) % after.width;
            return column >= left && column < right ? Math.max(most, Math.abs(value - (before.data[at] ?? 0))) : most;
          }, 0);
        return { width: after.width, height: after.height, beside: apart(0, 150), whole: apart(0, after.width) };
      });
      expect(seen, part).toMatchObject({ width: photo.width, height: photo.height });
      expect(seen.whole, "something was painted").toBeGreaterThan(40);
      if (photo === WIDE) expect(seen.beside, "but for its JPEG").toBeLessThan(12);
    }
    await page.close();
  });
  rmSync(folder, { recursive: true });
});
