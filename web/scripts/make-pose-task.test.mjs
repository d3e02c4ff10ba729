import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

import { makePoseTask } from "./make-pose-task.mjs";

test("the pose model comes out the same, byte for byte", () => {
  const path = join(mkdtempSync(join(tmpdir(), "pose-")), "pose_lite.task");
  makePoseTask(fileURLToPath(new URL("../node_modules/@mediapipe/pose", import.meta.url)), path);
  const bytes = readFileSync(path);
  expect(bytes.length).toBe(5_786_482);
  expect(createHash("sha256").update(bytes).digest("hex")).toBe("afdb36b2ae41b216d4a3444298a0d35707068f1ec54b7cdd4e2379aeb483b4fb");
});
