import { expect, it } from "vitest";

import { amount, between, duration } from "./format";

it("says seconds in the unit that fits", () => {
  expect([0, 0.0841, 0.35, 9.9, 42.4, 99.4, 240, 7200, 3 * 86400].map(duration)).toEqual([
    "0 s", "0.084 s", "0.35 s", "9.9 s", "42 s", "99 s", "4 min", "2 h", "3 d",
  ]);
});

it("never counts backwards between clocks that disagree", () => {
  expect(between("2026-01-01T00:00:00Z", "2026-01-01T00:00:02.5Z")).toBe(2.5);
  expect(between("2026-01-01T00:00:02Z", "2026-01-01T00:00:00Z")).toBe(0);
});

it("shows small amounts with the decimals that matter", () => {
  expect([0, 2.5, 0.8, 0.125, 0.0123, 0.000456].map(amount)).toEqual(["0.00", "2.50", "0.80", "0.125", "0.012", "0.00046"]);
});
