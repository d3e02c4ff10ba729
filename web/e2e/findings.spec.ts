/** What the server sees in photos stands under them before anything is made, and whoever wants to goes on. */
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, expectResult, signUp, test } from "./browser";
import { python } from "./system";

test("a cup, a group, a worn garment and swapped slots are told of, with the cure, and may be used anyway", async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), "photos-"));
  execFileSync(python, [
    "-c",
    "import sys, numpy, skimage.data; from PIL import Image; folder = sys.argv[1]\n" +
      "Image.fromarray(skimage.data.coffee()).save(folder + '/cup.jpg')\n" +
      "two = [numpy.asarray(Image.open(f'../samples/people/{name}.jpg')) for name in ('ada', 'kofi')]\n" +
      "Image.fromarray(numpy.hstack(two)).save(folder + '/group.jpg')",
    folder,
  ]);
  await signUp(page);
  const person = page.getByTestId("person-findings");
  const garment = page.getByTestId("garment-findings");
  await page.getByTestId("person-file").setInputFiles(join(folder, "cup.jpg"));
  await expect(person).toContainText("No person was found in the picture. Use a photo of one person");
  await page.getByTestId("person-file").setInputFiles(join(folder, "group.jpg"));
  await expect(person).toContainText("There are several people in the picture.");
  await page.getByTestId("person-file").setInputFiles("../samples/garments/tshirt.jpg");
  await page.getByTestId("garment-file").setInputFiles("../samples/people/kofi.jpg");
  await expect(person).toContainText("No person was found");
  await expect(garment).toContainText("The garment is worn by somebody in its picture. Use a picture of the garment alone.");

  await page.getByTestId("person-file").setInputFiles("../samples/people/mei.jpg");
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
