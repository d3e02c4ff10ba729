import { expect, test } from "vitest";

import { firstDelegate, tooSlow, TRIED_FRAMES } from "./delegate";

test("a real GPU gets a try, one that is played by the CPU does not", () => {
  expect(firstDelegate("ANGLE (Apple, ANGLE Metal Renderer: Apple M2, Unspecified Version)")).toBe("GPU");
  expect(firstDelegate("ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero)), SwiftShader driver)")).toBe("CPU");
  expect(firstDelegate("llvmpipe (LLVM 19.1.7, 256 bits)")).toBe("CPU");
  expect(firstDelegate(null)).toBe("CPU");
});

test("it keeps the work when ten frames were quick, whatever the first one took", () => {
  expect(tooSlow([900, ...Array<number>(TRIED_FRAMES - 1).fill(8)])).toBe(false);
  expect(tooSlow(Array<number>(TRIED_FRAMES).fill(120))).toBe(true);
  expect(tooSlow([120, 120])).toBe(false);
});
