import { expect, it } from "vitest";

import { fitted, fittedSeconds, measured, niceCeiling, place } from "./curve";

const TIMES = { per_pass: 0.1, per_step: 0.01, per_image: 0.2, per_image_work: 0.005, megapixels: 0.8, steps: 10, long_side: 1024, error: 0 };

it("puts what was measured in the order of batch sizes", () => {
  expect(measured({ "8": 1.5, "1": 0.3, "10": 1.9 })).toEqual([
    { batch: 1, seconds: 0.3 },
    { batch: 8, seconds: 1.5 },
    { batch: 10, seconds: 1.9 },
  ]);
});

it("predicts a pass as the workers' own formula does", () => {
  expect(fittedSeconds(TIMES, 1)).toBeCloseTo(0.1 + 0.1 + 0.2 + 0.04);
  expect(fittedSeconds(TIMES, 4)).toBeCloseTo(0.1 + 0.1 + 0.8 + 0.16);
  expect(fitted(TIMES, 3).map(({ batch }) => batch)).toEqual([1, 2, 3]);
});

it("ends the axis at a round number just above", () => {
  expect([84, 20, 1.3, 5.1, 0, 24].map(niceCeiling)).toEqual([100, 20, 1.5, 6, 1, 25]);
});

it("places batch 1 at the left, the largest at the right and 0 s at the foot", () => {
  expect(place({ batch: 1, seconds: 0 }, 8, 2, 100, 50)).toEqual([0, 50]);
  expect(place({ batch: 8, seconds: 2 }, 8, 2, 100, 50)).toEqual([100, 0]);
  expect(place({ batch: 1, seconds: 1 }, 1, 2, 100, 50)).toEqual([0, 25]);
});
