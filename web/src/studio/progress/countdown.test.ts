import { expect, it } from "vitest";

import { follow, fromProgress, secondsLeft } from "./countdown";

it("counts down by itself and takes what is told", () => {
  const first = follow(null, 20, 0);
  expect([first.longer, secondsLeft(first, 5000)]).toEqual([false, 15]);
  const second = follow(first, 14, 5000);
  expect([second.longer, secondsLeft(second, 6000)]).toEqual([false, 13]);
  expect(secondsLeft(second, 60_000), "a second is left until it is done").toBe(1);
});

it("says so when it rises by more than half", () => {
  const shown = follow(null, 20, 0);
  expect(follow(shown, 15, 10_000).longer).toBe(false);
  const longer = follow(shown, 16, 10_000);
  expect(longer.longer).toBe(true);
  expect(follow(longer, 17, 11_000).longer, "until it falls again").toBe(true);
  expect(follow(longer, 12, 12_000).longer).toBe(false);
});

it("tells from progress what is left", () => {
  expect(fromProgress(0, 9)).toBeNull();
  expect(fromProgress(0.25, 5)).toBe(15);
});
