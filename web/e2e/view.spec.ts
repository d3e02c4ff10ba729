/** What a shopper waits for is in the window, whatever its size: not only somewhere on the page. */
import { expect, expectResult, expectSeen, expectWhole, inEverySize, SIZES, test, tryOn } from "./browser";
import { signal } from "./system";

test("the button, how it goes and the result are in view in every size of window", async ({ page, another }) => {
  const stage = page.getByTestId("stage");
  const go = page.getByRole("button", { name: "Try it on", exact: true });
  signal("weaver", "SIGSTOP");
  try {
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await page.goto("/studio");
      await page.getByRole("button", { name: "Ada", exact: true }).click();
      await page.getByRole("button", { name: "T-shirt", exact: true }).click();
      await expect(page.getByAltText("Garment: tshirt.jpg")).toBeVisible();
      await page.evaluate(() => scrollTo(0, 0));
      for (const part of ["Top", "Bottom", "Full body"]) await expectSeen(page.getByText(part, { exact: true }));
      await expectSeen(go);
      await go.click();
      await expect(page.getByTestId("job-card")).toHaveAttribute("data-status", "queued");
      await expect(stage, "the keyboard goes on where the outcome is").toBeFocused();
      await expectSeen(stage.getByRole("heading", { name: "Waiting in the queue" }));
      await expectSeen(stage.getByTestId("expectation"));
      await expect(stage.getByTestId("expectation")).toContainText("You are next");
      await expectSeen(stage.getByRole("progressbar"));
      await expectSeen(stage.getByRole("button", { name: "Cancel" }));
      await stage.getByRole("button", { name: "Cancel" }).click();
      await expect(page.getByTestId("job-card")).toHaveAttribute("data-status", "cancelled");
      await expectSeen(stage.getByRole("button", { name: "Try again" }));
      await expect(stage, "the keyboard stays where the button was").toBeFocused();
    }
    await stage.getByRole("button", { name: "Try again" }).click();
    await expect(stage.getByTestId("expectation")).toContainText(/You are next(?! \()/);
    const behind = await another();
    await behind.goto("/studio");
    await tryOn(behind, "Mei", "T-shirt");
    await expect(behind.getByTestId("expectation")).toContainText("2nd of 2 in the queue");
    await expect(stage.getByTestId("expectation")).toContainText("You are next (1st of 2)");
    await behind.getByRole("button", { name: "Cancel" }).click();
  } finally {
    signal("weaver", "SIGCONT");
  }
  await expectResult(page);
  // A phone on its side, tablets, and text twice as large, too.
  for (const size of [...SIZES, { width: 844, height: 390 }, { width: 667, height: 375 }, { width: 768, height: 1024 }, { width: 1024, height: 768 }]) {
    await page.setViewportSize(size);
    await page.evaluate(() => scrollTo(0, 0));
    await expectSeen(stage.getByAltText("You, wearing the garment"));
    await expectWhole(stage.getByAltText("You, wearing the garment"));
    await expectSeen(stage.getByRole("button", { name: "Download" }));
  }
  const middle = ((await stage.getByAltText("You, wearing the garment").boundingBox())?.width ?? 0) / 2;
  await stage.getByRole("slider").fill("50");
  const [before, after] = [stage.getByText("Before", { exact: true }), stage.getByText("After", { exact: true })];
  expect((await before.boundingBox())?.x ?? 0).toBeLessThan((await after.boundingBox())?.x ?? 0);
  await inEverySize(page, async () => {
    await expectSeen(before);
    await expectSeen(after);
    expect((await before.boundingBox())?.x ?? Infinity).toBeLessThan((await after.boundingBox())?.x ?? 0);
  });
  expect(middle).toBeGreaterThan(50);
  await page.setViewportSize(SIZES[0]);
  await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(SIZES[0].width);
});
