/** What this device, and then the server, sees in photos stands under them before anything is made, and whoever wants to goes on. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Page } from "@playwright/test";

import { expect, signUp, test } from "./browser";
import { inEach } from "./browsers/each";
import { expectCount, expectInWindow, expectText, give, RESULT, sample, signUp as signUpIn, tap } from "./browsers/page";
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

inEach("a cup, a group, a worn garment and swapped slots are told of, with the cure, and may be used anyway", async (visitor, url) => {
  const folder = photos();
  await signUpIn(visitor, url);
  const [person, garment] = ["[data-testid=person-findings]", "[data-testid=garment-findings]"];
  const cup = readFileSync(join(folder, "cup.jpg"), "base64");
  const group = readFileSync(join(folder, "group.jpg"), "base64");
  await give(visitor, "person-file", "cup.jpg", cup);
  await expectText(visitor, person, "No person was found in the picture. Use a photo of one person");
  await give(visitor, "person-file", "group.jpg", group);
  await expectText(visitor, person, "There are several people in the picture.");
  await give(visitor, "person-file", "tshirt.jpg", sample("garments/tshirt.jpg"));
  await give(visitor, "garment-file", "kofi.jpg", sample("people/kofi.jpg"));
  await expectText(visitor, person, "No person was found");
  await expectText(visitor, garment, "The garment is worn by somebody in its picture. Use a picture of the garment alone.");

  await give(visitor, "person-file", "mei.jpg", sample("people/mei.jpg"));
  await expectCount(visitor, person, 0);
  await tap(visitor, "Use it anyway", garment);
  await expectCount(visitor, garment, 0);
  await tap(visitor, "Try it on");
  await expectInWindow(visitor, RESULT);
  await expectText(visitor, "[data-testid=verdict]", "Look closely before you rely on it.");
  await expectText(visitor, "[data-testid=verdict]", "The garment is worn by somebody in its picture.");
  await expectText(visitor, "[data-testid=preview]", "Preview quality.");
});
