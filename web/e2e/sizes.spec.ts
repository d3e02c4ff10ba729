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
    // The pages are the same on both, the chart's questions are not.
    const said = async (where: [role: string, name: string], lines: (string | RegExp)[]) => name === "desktop" && expectSaid(page, where, lines);
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

    const chartPart: [string, string] = ["region", "Size chart"];
    await said(chartPart, ["heading, Size chart", "No size chart", "textbox, Or paste the chart here", "button, Read it, unavailable"]);
    await page.getByTestId("chart-file").setInputFiles(CHARTS + chart);
    await expectCalled(page, /^The chart is read: \d sizes\.$/);
    const confirm = page.getByRole("button", { name: "It is right: confirm" });
    await expect(confirm).toBeDisabled();
    await expectNoViolations(page);
    await said(chartPart, [
      "image, The chart as it was sent",
      "table, The chart as it was read",
      "columnheader, Size",
      /^textbox, chest, size M\??, \d/,
      "button, Leave out size M",
      "button, Undo, unavailable",
      /^(One thing is|\d+ things are) open:$/,
      "group, Whose measures are these?",
      "button, The body's",
      "button, It is right: confirm, unavailable",
    ]);
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
    await expectCalled(page, /^Nothing is open\.$/);
    await confirm.click();
    await expectCalled(page, /^The chart is confirmed: it may name sizes\./);
    await said(chartPart, ["Chart confirmed", "Nothing is open.", "button, It is right: confirm"]);

    const advice = page.getByTestId("size-advice");
    await advice.getByRole("link", { name: "Your measures" }).click();
    await page.getByLabel("Height", { exact: true }).fill("172");
    await page.getByLabel("Chest or bust", { exact: true }).fill("93");
    await page.getByLabel("Waist", { exact: true }).fill("75");
    await page.getByLabel("Waist, once more").fill("79");
    await expectCalled(page, /The two differ by more than 2 cm\./);
    await page.getByLabel("Waist, once more").fill("76");
    await expect(page.getByText("The mean counts: 75.5 cm.")).toBeVisible();
    await page.getByLabel("Hips", { exact: true }).fill("99");
    await page.getByLabel("Neck", { exact: true }).fill("37");
    await expectNoViolations(page);
    await said(["form", "Your measures"], [
      "radio, cm, kg, checked",
      "textbox, Height, 172",
      "checkbox, Height is estimated, not taken with a tape, not checked",
      "textbox, Waist, 75, The mean counts: 75.5 cm.",
      "textbox, Waist, once more, 76",
      "button, Save",
    ]);
    await page.getByRole("button", { name: "Save" }).click();
    await expectCalled(page, /^Your measures are saved\./);

    await page.getByRole("link", { name: "Wardrobe" }).click();
    await page.getByTestId("garment-card").click();
    await page.getByRole("link", { name: "Try it on" }).click();
    await page.getByRole("button", { name: "Ada", exact: true }).click();
    await page.getByRole("button", { name: "Try it on", exact: true }).click();
    await expectResult(page);
    await expect(advice.getByText(/^Size (S|M|L)$/)).toBeVisible();
    await expectCalled(page, /^Size (S|M|L)(Sure|Fairly sure|Unsure)/); // and not the whole chart
    const chest = advice.getByRole("button", { name: /^chest: / });
    await chest.focus();
    await page.keyboard.press("Enter");
    await expect(chest).toHaveAttribute("aria-expanded", "true");
    await said(["region", "Which size"], [
      "heading, Which size",
      "radio, Regular, checked",
      /^Size (S|M|L)$/,
      /^(Sure|Fairly sure|Unsure)$/,
      "group, Where it sits",
      /^button, Chest: .*, expanded$/,
      /^The chart says no more than that\.$|^\d+(\.\d)? cm (more|less) than you/,
      /^button, Waist: .*, collapsed$/,
      /^DisclosureTriangle, Why/,
      "table, The whole chart",
      /^columnheader, (S|M|L), recommended$/,
      "The picture of the try-on does not show fit: it is drawn, not measured.",
    ]);
    await expect(advice.getByRole("columnheader", { name: /, recommended$/ })).toHaveCount(1);
    await expectNoViolations(page);

    await page.goto("/body");
    await page.getByRole("button", { name: "Erase my measures" }).click();
    await expect(page.getByText("Your measures are erased.")).toBeVisible();
    await page.reload();
    await expect(page.getByLabel("Height", { exact: true })).toHaveValue("");
  });
