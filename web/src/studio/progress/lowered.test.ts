import { expect, it } from "vitest";

import { lowered } from "./lowered";

it("says what was taken from a picture, and nothing of one in full quality", () => {
  expect(lowered({ degraded: null, quality: null })).toBeNull();
  expect(lowered({ degraded: false, quality: "full" })).toBeNull();
  expect(lowered({ degraded: false, quality: "quick" })).toBe("in fewer steps");
  expect(lowered({ degraded: true, quality: "full" })).toBe("at reduced size");
  expect(lowered({ degraded: true, quality: "small" })).toBe("at reduced size and in fewer steps");
});
