/** Finds the body in a frame; in a worker, or on the page where a worker's canvas has no WebGL. */
import { FilesetResolver, PoseLandmarker } from "@mediapipe/tasks-vision";

import { tooSlow, TRIED_FRAMES, type Delegate } from "./delegate";

export type ToPose =
  /** For frames of a camera, or for photos, which may show several people. */
  | { type: "load"; delegate: Delegate; photos?: boolean }
  | { type: "frame"; bitmap: ImageBitmap; at: number }
  | { type: "photo"; bitmap: ImageBitmap };
/** Shoulders, hips and elbows (landmarks 11, 12, 23, 24, 13, 14) as x, y, visibility; null when nobody is seen. */
export type Landmark = [number, number, number];
export type FromPose =
  | { type: "progress"; fraction: number }
  | { type: "ready" }
  /** There is no WebGL here; said before anything is loaded. */
  | { type: "no-webgl" }
  | { type: "failed"; message: string }
  | { type: "slow" }
  /** Each person in a photo: every landmark of theirs. */
  | { type: "people"; people: Landmark[][] }
  | { type: "pose"; bitmap: ImageBitmap; at: number; landmarks: Landmark[] | null };

type Say = (message: FromPose, transfer?: Transferable[]) => void;

const FILES = "/vendor/mediapipe";
/** More than one is too many. */
const MOST_PEOPLE = 2;
const WANTED = [11, 12, 23, 24, 13, 14];

/** The runtime writes what it does as errors and warnings, all alike; what is one is no "INFO", and no "I" or "W" before a date. */
export const isChatter = (line: unknown) => typeof line === "string" && /^(INFO|[IW]\d{4} |Graph successfully)/.test(line);
const quiet = { print: () => undefined, printErr: (line: string) => isChatter(line) || console.error(line) };

async function download(url: string, onProgress: (fraction: number) => void): Promise<Uint8Array> {
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
    onProgress(Math.min(1, size / total));
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const runtime = async (path: string) => ((await import(/* @vite-ignore */ path)) as { default: unknown }).default;

const hasWebGl = () => typeof OffscreenCanvas !== "undefined" && new OffscreenCanvas(1, 1).getContext("webgl2") !== null;

/** What hears `ToPose`, and answers by `say`. It draws on `canvas`, which a page has; without one, on its own. */
export function poseFinder(say: Say, canvas?: HTMLCanvasElement): (message: ToPose) => void {
  let landmarker: PoseLandmarker | null = null;
  const times: number[] = [];

  async function load(delegate: Delegate, photos: boolean): Promise<void> {
    if (!canvas && !hasWebGl()) return say({ type: "no-webgl" });
    const progress = (fraction: number) => say({ type: "progress", fraction });
    const [model, files] = await Promise.all([download(`${FILES}/pose_lite.task`, progress), FilesetResolver.forVisionTasks(FILES, true)]);
    // Both are looked for by these names, and forgotten. A page would load the runtime as a script, which it is not.
    Object.assign(self, { Module: quiet, ...(canvas ? { ModuleFactory: await runtime(files.wasmLoaderPath) } : {}) });
    landmarker = await PoseLandmarker.createFromOptions(canvas ? { ...files, wasmLoaderPath: "" } : files, {
      baseOptions: { modelAssetBuffer: model, delegate },
      runningMode: photos ? "IMAGE" : "VIDEO",
      numPoses: photos ? MOST_PEOPLE : 1,
      ...(canvas ? { canvas } : {}),
    });
    say({ type: "ready" });
  }

  return (data) => {
    if (data.type === "load") {
      load(data.delegate, data.photos ?? false).catch((error: unknown) => say({ type: "failed", message: String(error) }));
      return;
    }
    if (data.type === "photo") {
      const people = landmarker?.detect(data.bitmap).landmarks ?? [];
      data.bitmap.close();
      return say({ type: "people", people: people.map((marks) => marks.map(({ x, y, visibility }): Landmark => [x, y, visibility])) });
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
}
