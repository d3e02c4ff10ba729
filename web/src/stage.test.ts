import { expect, it } from "vitest";

import { stageName, stepName } from "./stage";
import { text } from "./text";

const running = (progress: number, step: number | null = null, steps: number | null = null) => ({ status: "running", progress, step, steps }) as const;

it("tells the step of an engine that takes some, from the first to the last", () => {
  expect([running(0), running(1 / 30, 1, 30), running(0.4, 12, 30), running(29 / 30, 29, 30), running(1, 30, 30)].map((job) => [stageName(job), stepName(job)])).toEqual([
    ["Preparing your photos", null],
    ["Dressing you", "Step 1 of 30"],
    ["Dressing you", "Step 12 of 30"],
    ["Dressing you", "Step 29 of 30"],
    ["Finishing", null],
  ]);
});

it("tells no step of an engine that takes none, nor of a job that does not run", () => {
  expect([running(0.4), running(0.96)].map((job) => [stageName(job), stepName(job)])).toEqual([
    ["Dressing you", null],
    ["Finishing", null],
  ]);
  expect(stepName({ ...running(0.4, 12, 30), status: "cancelled" })).toBeNull();
});

it("tells the place in the queue and how many wait", () => {
  expect([[1, 1], [1, 4], [2, 4], [3, 3], [11, 21], [22, 22], [113, 5000]].map(([place, length]) => text.job.position(place!, length!))).toEqual([
    "You are next",
    "You are next (1st of 4)",
    "2nd of 4 in the queue",
    "3rd of 3 in the queue",
    "11th of 21 in the queue",
    "22nd of 22 in the queue",
    "113th of 5000 in the queue",
  ]);
  expect([1, 2].map((place) => text.job.position(place, null)), "to a server that does not say it").toEqual(["You are next", "Number 2 in the queue"]);
});
