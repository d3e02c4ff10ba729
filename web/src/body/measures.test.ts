import { expect, test } from "vitest";

import { mean, parse, show } from "./measures";

test("what is written in either system becomes cm and kg, and back", () => {
  expect(parse("96,5", "chest", "metric")).toBe(96.5);
  expect(parse("38", "chest", "imperial")).toBeCloseTo(96.52);
  expect(parse("150", "weight", "imperial")).toBeCloseTo(68.04, 2);
  expect(parse(" ", "chest", "metric")).toBeNull();
  expect(parse("5'8", "height", "imperial")).toBeNaN();
  expect(show(96.52, "chest", "imperial")).toBe("38");
  expect(show(68.04, "weight", "imperial")).toBe("150");
});

test("two of one measure are averaged, and asked for again past 2 cm", () => {
  expect(mean(80, 81)).toEqual({ value: 80.5, apart: false });
  expect(mean(80, 82)).toEqual({ value: 81, apart: false });
  expect(mean(80, 82.1).apart).toBe(true);
  expect(mean(80, null)).toEqual({ value: 80, apart: false });
  expect(mean(null, null)).toEqual({ value: null, apart: false });
});
