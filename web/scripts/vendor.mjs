// Puts what the app serves beside its bundle into public/: the sample pictures, the pose model and its runtime.
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { makePoseTask } from "./make-pose-task.mjs";

const web = fileURLToPath(new URL("..", import.meta.url));

for (const folder of ["people", "garments", "thumbs"])
  cpSync(`${web}../samples/${folder}`, `${web}public/samples/${folder}`, { recursive: true });

// Its licence goes wherever the font goes.
mkdirSync(`${web}public/vendor/fonts`, { recursive: true });
copyFileSync(`${web}node_modules/@fontsource-variable/fraunces/LICENSE`, `${web}public/vendor/fonts/fraunces-OFL.txt`);

const mediapipe = `${web}public/vendor/mediapipe`;
mkdirSync(mediapipe, { recursive: true });
for (const file of ["vision_wasm_module_internal.js", "vision_wasm_module_internal.wasm"])
  cpSync(`${web}node_modules/@mediapipe/tasks-vision/wasm/${file}`, `${mediapipe}/${file}`);
// An operator may prefer Google's own bundle: POSE_MODEL_URL=file:///…/pose_landmarker_lite.task (or https://…).
const own = process.env.POSE_MODEL_URL;
const task = `${mediapipe}/pose_lite.task`;
if (!own) makePoseTask(`${web}node_modules/@mediapipe/pose`, task);
else if (own.startsWith("file:")) copyFileSync(new URL(own), task);
else {
  const answer = await fetch(own);
  if (!answer.ok) throw new Error(`POSE_MODEL_URL: ${own} answered ${answer.status}`);
  writeFileSync(task, Buffer.from(await answer.arrayBuffer()));
}
