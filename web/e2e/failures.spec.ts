/** What goes wrong is said with the cure that helps. */
import { expect, expectSeenInEverySize, test, tryOn } from "./browser";

test("a photo that cannot be used leads to another one, and a new garment forgets where the last was worn", async ({ page }) => {
  // A way to the store on which every byte is lost.
  await page.addInitScript(() => {
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function (body) {
      send.call(this, body instanceof Blob ? new Blob([new Uint8Array(body.size).fill(7)], { type: body.type }) : body);
    };
  });
  await page.goto("/studio");
  await tryOn(page, "Kofi", "Dress");
  await expect(page.getByRole("radio", { name: "Full body" })).toBeChecked();
  const another = page.getByTestId("stage").getByRole("button", { name: "Choose another photo" });
  await expectSeenInEverySize(another);
  await another.click();
  await page.getByTestId("garment-file").setInputFiles("../samples/drawn/shirt.jpg");
  await expect(page.getByAltText("Garment: shirt.jpg")).toBeVisible();
  await expect(page.getByRole("radio", { name: "Top" })).toBeChecked();
  await expectSeenInEverySize(page.getByAltText("Garment: shirt.jpg"), page.getByText("Top", { exact: true }));
});
