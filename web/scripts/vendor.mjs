// Puts what the app serves beside its bundle into public/: the sample pictures, the pose model and its runtime.
import { cpSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { makePoseTask } from "./make-pose-task.mjs";

const web = fileURLToPath(new URL("..", import.meta.url));

for (const folder of ["people", "garments"])
  cpSync(`${web}../samples/${folder}`, `${web}public/samples/${folder}`, { recursive: true });

const mediapipe = `${web}public/vendor/mediapipe`;
mkdirSync(mediapipe, { recursive: true });
for (const file of ["vision_wasm_module_internal.js", "vision_wasm_module_internal.wasm"])
  cpSync(`${web}node_modules/@mediapipe/tasks-vision/wasm/${file}`, `${mediapipe}/${file}`);
makePoseTask(`${web}node_modules/@mediapipe/pose`, `${mediapipe}/pose_lite.task`);
