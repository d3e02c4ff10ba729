import { expect, it } from "vitest";

import type { Job } from "../../api";
import { mayMakeMore, samplesOf } from "./several";

const sample = (seed: number) => ({ key: `${seed}.jpg`, thumbnail_key: `${seed}-small.jpg`, seed, verdict: "pass" });
const made = (more: object) => ({ result: { job_type: "try_on", ...more } as unknown as Job["result"] });

it("offers more pictures where an engine has seeds and made one", () => {
  expect(mayMakeMore(made({ seed: 7, samples: [] }))).toBe(true);
  expect(mayMakeMore(made({ seed: null, samples: [] }))).toBe(false);
  expect(mayMakeMore(made({ seed: 7, samples: [sample(7), sample(8)] }))).toBe(false);
  expect(mayMakeMore({ result: null })).toBe(false);
});

it("lists those of a try-on, the best first, and none of a gateway before", () => {
  expect(samplesOf(made({ samples: [sample(8), sample(7)] })).map(({ seed }) => seed)).toEqual([8, 7]);
  expect(samplesOf(made({}))).toEqual([]);
});
