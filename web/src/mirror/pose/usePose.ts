/** Runs camera frames through the pose worker, one at a time, and hands each one on with what was found in it. */
import { useEffect, useRef, useState, type RefObject } from "react";

import type { Anchors, Point } from "../../clean/anchors";
import { firstDelegate, rendererName } from "./delegate";
import { OneEuro } from "./oneEuro";
import type { FromPose, Landmark, ToPose } from "./landmarks";

/** A longer side does not find more, and costs time. */
const ANALYSED_WIDTH = 640;
const VISIBLE = 0.5;
/** A pose that flickers away for a moment stays. */
const HOLD_SECONDS = 0.3;

export interface Frame {
  bitmap: ImageBitmap;
  /** Smoothed; null while nobody is seen. */
  body: Anchors | null;
  /** Left and right; null where not seen. */
  elbows: [Point | null, Point | null];
}

const seen = (mark: Landmark | undefined): Point | null => (mark && mark[2] >= VISIBLE ? [mark[0], mark[1]] : null);

/** A worker, or what stands for one. */
type Finder = { postMessage: (message: ToPose, transfer: Transferable[]) => void; terminate: () => void };

export type PoseState = { at: "loading"; fraction: number } | { at: "ready" } | { at: "failed" };

export function usePose(video: RefObject<HTMLVideoElement | null>, running: boolean, onFrame: (frame: Frame) => void): PoseState {
  const [state, setState] = useState<PoseState>({ at: "loading", fraction: 0 });
  const show = useRef(onFrame);
  useEffect(() => {
    show.current = onFrame;
  });
  useEffect(() => {
    if (!running) return;
    let delegate = firstDelegate(rendererName());
    let worker = begin();
    const send = (message: ToPose, transfer: Transferable[] = []) => worker.postMessage(message, transfer);
    /** Without a worker, on the page itself. */
    const goOnHere = async () => {
      worker.terminate();
      const { findHere } = await import("./here");
      if (over) return;
      worker = findHere(hear);
      worker.postMessage({ type: "load", delegate }, []);
    };
    let over = false;
    let request = 0;
    let filters = Array.from({ length: 8 }, () => new OneEuro());
    let last: { body: Anchors; at: number } | null = null;

    function begin(): Finder {
      const made = new Worker(new URL("./pose.worker.ts", import.meta.url), { type: "module" });
      made.onmessage = ({ data }: MessageEvent<FromPose>) => hear(data);
      made.onerror = () => hear({ type: "failed", message: "the worker broke" });
      made.postMessage({ type: "load", delegate } satisfies ToPose);
      return made;
    }

    async function analyse() {
      const source = video.current;
      if (over) return;
      if (!source || source.readyState < 2 || !source.videoWidth) {
        request = requestAnimationFrame(() => void analyse());
        return;
      }
      const width = Math.min(ANALYSED_WIDTH, source.videoWidth);
      const height = Math.round((width * source.videoHeight) / source.videoWidth);
      const bitmap = await createImageBitmap(source, { resizeWidth: width, resizeHeight: height });
      if (over) bitmap.close();
      else send({ type: "frame", bitmap, at: performance.now() }, [bitmap]);
    }

    function smooth(landmarks: Landmark[] | null, at: number): Anchors | null {
      const torso = landmarks?.slice(0, 4);
      if (torso?.every(([, , visibility]) => visibility >= VISIBLE)) {
        const body = torso.map(([x, y], i) => [filters[2 * i]!.next(x, at), filters[2 * i + 1]!.next(y, at)]) as Anchors;
        last = { body, at };
        return body;
      }
      if (last && at - last.at < HOLD_SECONDS) return last.body;
      last = null;
      filters = filters.map(() => new OneEuro());
      return null;
    }

    function hear(data: FromPose): void {
      if (over) return;
      if (delegate === "GPU" && (data.type === "slow" || data.type === "failed")) {
        // The runtime does not change its mind: a fresh worker, whose files the browser has by now.
        worker.terminate();
        delegate = "CPU";
        worker = begin();
      } else if (data.type === "slow") return;
      else if (data.type === "no-webgl") goOnHere().catch(() => setState({ at: "failed" }));
      else if (data.type === "progress") setState({ at: "loading", fraction: data.fraction });
      else if (data.type === "failed") {
        console.error(data.message); // the page says it in plain words; this is for whoever mends it
        setState({ at: "failed" });
      } else if (data.type === "ready") {
        setState({ at: "ready" });
        void analyse();
      } else if (data.type === "pose") {
        const elbows = [seen(data.landmarks?.[4]), seen(data.landmarks?.[5])] as Frame["elbows"];
        show.current({ bitmap: data.bitmap, body: smooth(data.landmarks, data.at / 1000), elbows });
        request = requestAnimationFrame(() => void analyse());
      }
    }
    return () => {
      over = true;
      cancelAnimationFrame(request);
      worker.terminate();
    };
  }, [running, video]);
  return state;
}
