/** Finds the body in a frame, off the page's thread. The frame goes back with the answer, so that both are painted together. */
import { FilesetResolver, PoseLandmarker } from "@mediapipe/tasks-vision";

import { tooSlow, TRIED_FRAMES, type Delegate } from "./delegate";

export type ToPose = { type: "load"; delegate: Delegate } | { type: "frame"; bitmap: ImageBitmap; at: number };
/** Shoulders, hips and elbows (landmarks 11, 12, 23, 24, 13, 14) as x, y, visibility; null when nobody is seen. */
export type Landmark = [number, number, number];
export type FromPose =
  | { type: "progress"; fraction: number }
  | { type: "ready" }
  | { type: "failed"; message: string }
  | { type: "slow" }
  | { type: "pose"; bitmap: ImageBitmap; at: number; landmarks: Landmark[] | null };

const FILES = "/vendor/mediapipe";
const WANTED = [11, 12, 23, 24, 13, 14];

let landmarker: PoseLandmarker | null = null;
const times: number[] = [];
const say = (message: FromPose, transfer: Transferable[] = []) => self.postMessage(message, { transfer });

async function download(url: string): Promise<Uint8Array> {
  const answer = await fetch(url);
  if (!answer.ok || !answer.body) throw new Error(`${url} is not there (${answer.status})`);
  const total = Number(answer.headers.get("content-length")) || 6e6;
  const parts: Uint8Array[] = [];
  let size = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
    say({ type: "progress", fraction: Math.min(1, size / total) });
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function load(delegate: Delegate): Promise<void> {
  const [model, files] = await Promise.all([download(`${FILES}/pose_lite.task`), FilesetResolver.forVisionTasks(FILES, true)]);
  landmarker = await PoseLandmarker.createFromOptions(files, {
    baseOptions: { modelAssetBuffer: model, delegate },
    runningMode: "VIDEO",
    numPoses: 1,
  });
  say({ type: "ready" });
}

self.onmessage = ({ data }: MessageEvent<ToPose>) => {
  if (data.type === "load") {
    load(data.delegate).catch((error: unknown) => say({ type: "failed", message: String(error) }));
    return;
  }
  const began = performance.now();
  const found = landmarker?.detectForVideo(data.bitmap, data.at).landmarks[0];
  if (times.length < TRIED_FRAMES) {
    times.push(performance.now() - began);
    if (tooSlow(times)) say({ type: "slow" });
  }
  const landmarks = found
    ? WANTED.map((i): Landmark => {
        const mark = found[i];
        return mark ? [mark.x, mark.y, mark.visibility] : [0, 0, 0];
      })
    : null;
  say({ type: "pose", bitmap: data.bitmap, at: data.at, landmarks }, [data.bitmap]);
};
