/** A garment, its size chart, a body, and which size fits: on a desktop and on a phone. */
import { expect, expectNoViolations, expectResult, signUp, test } from "./browser";
import { expectCalled, expectSaid, listen } from "./reader";

const CHARTS = "../tests/inference/engines/size_chart/data/";

for (const [name, options, chart] of [
  ["desktop", { viewport: { width: 1280, height: 900 } }, "c08.png"],
  ["phone", { viewport: { width: 390, height: 844 }, colorScheme: "dark", hasTouch: true, isMobile: true }, "c02.png"],
] as const)
  test(`a chart is read, its questions answered, and a size named, ${name}`, async ({ another }) => {
    const page = await another({ ...options, reducedMotion: "reduce" });
    await listen(page);
    await signUp(page);

    await page.getByRole("link", { name: "Wardrobe" }).click();
    await page.getByRole("button", { name: "Add a garment" }).click();
    await page.getByRole("button", { name: "T-shirt" }).click();
    await page.getByLabel("Name").fill("Sunday shirt");
    await page.getByLabel("What is it?").selectOption("shirt");
    await page.getByLabel("Composition").fill("98 % cotton, 2 % elastane");
    await expectNoViolations(page);
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("heading", { name: "Sunday shirt" })).toBeVisible();
    await expect(page.getByText("The cloth counts as: comfort.")).toBeVisible();

    await expectSaid(page, ["region", "Size chart"], ["heading, Size chart", "No size chart", "textbox, Or paste the chart here", "button, Read it, unavailable"]);
    await page.getByTestId("chart-file").setInputFiles(CHARTS + chart);
    await expectCalled(page, "The chart is read: 5 sizes.");
    const confirm = page.getByRole("button", { name: "It is right: confirm" });
    await expect(confirm).toBeDisabled();
    await expectNoViolations(page);
    // Whatever is open is answered with the keyboard alone: doubtful cells, and whose measures these are.
    const questions = page.getByRole("region", { name: /open/ });
    while (!(await confirm.isEnabled())) {
      await questions.getByRole("button", { name: /^(It is right|The body's)$/ }).first().focus();
      await page.keyboard.press("Enter");
    }
    const cell = page.getByRole("textbox", { name: /^chest, size M/ });
    const read = await cell.inputValue();
    await cell.fill("99");
    await cell.press("Enter");
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(cell).toHaveValue(read);
    await confirm.click();
    await expect(page.getByText("Chart confirmed")).toBeVisible();

    const advice = page.getByTestId("size-advice");
    await advice.getByRole("link", { name: "Your measures" }).click();
    await page.getByLabel("Height", { exact: true }).fill("172");
    await page.getByLabel("Chest or bust", { exact: true }).fill("93");
    await page.getByLabel("Waist", { exact: true }).fill("75");
    await page.getByLabel("Waist, once more").fill("79");
    await expect(page.getByText("The two differ by more than 2 cm.")).toBeVisible();
    await page.getByLabel("Waist, once more").fill("76");
    await expect(page.getByText("The mean counts: 75.5 cm.")).toBeVisible();
    await page.getByLabel("Hips", { exact: true }).fill("99");
    await page.getByLabel("Neck", { exact: true }).fill("37");
    await expectNoViolations(page);
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Your measures are saved.")).toBeVisible();

    await page.getByRole("link", { name: "Wardrobe" }).click();
    await page.getByTestId("garment-card").click();
    await page.getByRole("link", { name: "Try it on" }).click();
    await page.getByRole("button", { name: "Ada", exact: true }).click();
    await page.getByRole("button", { name: "Try it on", exact: true }).click();
    await expectResult(page);
    await expect(advice.getByText(/^Size (S|M|L)$/)).toBeVisible();
    await expect(advice.getByText("The picture of the try-on does not show fit")).toBeVisible();
    const chest = advice.getByRole("button", { name: /^chest: / });
    await chest.focus();
    await page.keyboard.press("Enter");
    await expect(chest).toHaveAttribute("aria-expanded", "true");
    await expect(advice.getByRole("columnheader", { name: /, recommended$/ })).toHaveCount(1);
    await expectNoViolations(page);

    await page.goto("/body");
    await page.getByRole("button", { name: "Erase my measures" }).click();
    await expect(page.getByText("Your measures are erased.")).toBeVisible();
    await page.reload();
    await expect(page.getByLabel("Height", { exact: true })).toHaveValue("");
  });
