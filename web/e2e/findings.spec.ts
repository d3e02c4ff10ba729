/** What this device, and then the server, sees in photos stands under them before anything is made, and whoever wants to goes on. */
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Page } from "@playwright/test";

import { expect, expectResult, signUp, test } from "./browser";
import { python } from "./system";

/** No photo goes up until the door is opened. */
async function doorFor(page: Page): Promise<() => void> {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  await page.route(/users.*uploads/, async (route) => {
    if (route.request().method() === "PUT") await opened;
    await route.continue();
  });
  return open;
}

function photos(): string {
  const folder = mkdtempSync(join(tmpdir(), "photos-"));
  execFileSync(python, [
    "-c",
    "import sys, numpy, skimage.data; from PIL import Image; folder = sys.argv[1]\n" +
      "Image.fromarray(skimage.data.coffee()).save(folder + '/cup.jpg')\n" +
      "two = [numpy.asarray(Image.open(f'../samples/drawn/people/{name}.jpg')) for name in ('ada', 'kofi')]\n" +
      "Image.fromarray(numpy.hstack(two)).save(folder + '/group.jpg')",
    folder,
  ]);
  return folder;
}

test("before anything goes up this device tells of a cup, a group, a worn garment and swapped slots", async ({ page }) => {
  const folder = photos();
  await signUp(page);
  const models: string[] = [];
  page.on("request", (request) => request.url().endsWith("pose_lite.task") && models.push(request.url()));
  const open = await doorFor(page);
  const person = page.getByTestId("person-findings");
  const garment = page.getByTestId("garment-findings");
  await expect(page.getByTestId("person-file")).toBeAttached();
  expect(models, "nobody has chosen a photo").toEqual([]);
  await page.getByTestId("person-file").setInputFiles(join(folder, "cup.jpg"));
  await expect(person).toContainText("No person was found in the picture. Use a photo of one person");
  await page.getByTestId("person-file").setInputFiles(join(folder, "group.jpg"));
  await expect(person).toContainText("There are several people in the picture.");
  await person.getByRole("button", { name: "Use it anyway" }).click();
  await expect(person).toHaveCount(0);
  await page.getByTestId("garment-file").setInputFiles("../samples/drawn/people/kofi.jpg");
  await expect(garment).toContainText("The garment is worn by somebody in its picture. Use a picture of the garment alone.");
  await page.getByTestId("person-file").setInputFiles("../samples/drawn/garments/tshirt.jpg");
  await expect(person).toContainText("The two photos seem to be swapped");
  await page.getByTestId("person-file").setInputFiles("../samples/drawn/people/mei.jpg");
  await expect(page.getByText("Looking at the photo…")).toHaveCount(1); // the server has heard of none
  await expect(person).toHaveCount(0);
  expect(models.length).toBeGreaterThan(0);

  open();
  await expect(page.getByText("Looking at the photo…")).toHaveCount(0);
  await expect(person).toHaveCount(0);
  await expect(garment).toContainText("The garment is worn by somebody"); // in the server's own words
  await page.getByTestId("garment-file").setInputFiles("../samples/drawn/garments/trousers.jpg");
  await expect(page.getByRole("radio", { name: "Bottom" })).toBeChecked();
});

test("a cup, a group, a worn garment and swapped slots are told of, with the cure, and may be used anyway", async ({ page }) => {
  const folder = photos();
  await signUp(page);
  const person = page.getByTestId("person-findings");
  const garment = page.getByTestId("garment-findings");
  await page.getByTestId("person-file").setInputFiles(join(folder, "cup.jpg"));
  await expect(person).toContainText("No person was found in the picture. Use a photo of one person");
  await page.getByTestId("person-file").setInputFiles(join(folder, "group.jpg"));
  await expect(person).toContainText("There are several people in the picture.");
  await page.getByTestId("person-file").setInputFiles("../samples/drawn/garments/tshirt.jpg");
  await page.getByTestId("garment-file").setInputFiles("../samples/drawn/people/kofi.jpg");
  await expect(person).toContainText("No person was found");
  await expect(garment).toContainText("The garment is worn by somebody in its picture. Use a picture of the garment alone.");

  await page.getByTestId("person-file").setInputFiles("../samples/drawn/people/mei.jpg");
  await expect(person).toHaveCount(0);
  await garment.getByRole("button", { name: "Use it anyway" }).click();
  await expect(garment).toHaveCount(0);
  await page.getByRole("button", { name: "Try it on", exact: true }).click();
  await expectResult(page);
  const verdict = page.getByTestId("verdict");
  await expect(verdict).toContainText("Look closely before you rely on it.");
  await expect(verdict).toContainText("The garment is worn by somebody in its picture.");
  await expect(page.getByTestId("preview")).toContainText("Preview quality.");
});
