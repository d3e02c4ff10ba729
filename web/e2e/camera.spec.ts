/** The camera in the studio and in the mirror, with a rendered person before it. */
import { expect, expectSeen, expectSeenInEverySize, expectWhole, inEverySize, test } from "./browser";
import { inOthers } from "./browsers/each";
import { expectCount, expectInEveryWindow, standBefore, tap } from "./browsers/page";
import { withCamera } from "./camera";

test.use({ launchOptions: withCamera("people/mei.jpg") });

test("a laptop's camera takes the photo of the studio", async ({ page }) => {
  await page.goto("/studio");
  await expectSeenInEverySize(page.getByRole("button", { name: "Take a photo: You" }));
  await page.getByRole("button", { name: "Take a photo: You" }).click();
  const take = page.getByRole("button", { name: "Take the photo" });
  await expect(take).toBeEnabled();
  await expectSeenInEverySize(take);
  await take.click();
  await expect(page.getByRole("dialog")).toBeHidden();
  const photo = page.getByAltText("You: photo.jpg");
  await expectSeen(photo);
  await expect.poll(() => photo.evaluate((image: HTMLImageElement) => image.naturalWidth > image.naturalHeight)).toBe(true);
  await inEverySize(page, async () => {
    await expectSeen(photo);
    await expectWhole(photo); // it lies, where people stand
  });
});

inOthers("a laptop's camera takes the photo of the studio", async (visitor, url) => {
  await visitor.goto(`${url}/studio`);
  await standBefore(visitor, "people/mei.jpg");
  await expectInEveryWindow(visitor, "button[aria-label='Take a photo: You']");
  await tap(visitor, "Take a photo: You");
  await expectCount(visitor, "dialog[open] video", 1);
  await tap(visitor, "Take the photo");
  await expectCount(visitor, "dialog[open]", 0);
  await expectInEveryWindow(visitor, "img[alt='You: photo.jpg']");
});

test("the camera stops when asked, and a garment that does not load is said; a picture", async ({ page }, info) => {
  await page.route("**/cutouts/dress.webp", (route) => route.fulfill({ status: 404 }));
  await page.goto("/mirror");
  await page.getByRole("button", { name: "Start the camera" }).click();
  await expect(page.getByTestId("coach")).toHaveText("Good. Hold still and press Snap.");
  await expectSeenInEverySize(page.getByRole("button", { name: /^Snap/ }));
  for (const [name, size] of [["desktop", { width: 1366, height: 768 }], ["phone", { width: 390, height: 844 }]] as const) {
    await page.setViewportSize(size);
    await page.getByTestId("mirror").scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${process.env.PICTURES ?? info.outputDir}/web-mirror-${name}.jpg`, type: "jpeg", quality: 82 });
  }
  await page.getByRole("button", { name: "Dress" }).click();
  await expect(page.getByTestId("coach")).toContainText("could not be loaded");
  await page.getByRole("button", { name: "Stop the camera" }).click();
  await expect(page.getByRole("button", { name: "Start the camera" })).toBeVisible();
  expect(await page.evaluate(() => document.querySelector("video")?.srcObject)).toBeNull();
});
