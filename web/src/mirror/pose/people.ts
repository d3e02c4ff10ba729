/** Who is in a photo, as the mirror's model sees it: on this device, before anything is sent. */
import type { FromPose, Landmark, ToPose } from "./landmarks";
import { seenIn, type Seen } from "./seen";

/** A longer side does not find more, and costs time. */
const ANALYSED = 640;
/** For the model to come, and for one look; the server looks in any case. */
const PATIENCE_MS = 60_000;
/** Another photo often follows; after that the model's memory is given back. */
const IDLE_MS = 15_000;

interface Finder {
  worker: Worker;
  ready: Promise<void>;
  /** Hears the answers of the look that is under way, and of nothing else. */
  hear: (message: FromPose) => void;
}

let finder: Finder | null = null;
let idle: ReturnType<typeof setTimeout> | undefined;
let turn: Promise<unknown> = Promise.resolve();

function end(): void {
  finder?.worker.terminate();
  finder = null;
}

function begin(): Finder {
  const worker = new Worker(new URL("./pose.worker.ts", import.meta.url), { type: "module" });
  const made: Finder = { worker, ready: Promise.resolve(), hear: () => undefined };
  made.ready = new Promise((resolve, reject) => {
    const fail = () => reject(new Error("no model"));
    worker.onerror = fail;
    worker.onmessage = ({ data }: MessageEvent<FromPose>) => {
      if (data.type === "ready") resolve();
      else if (data.type === "failed" || data.type === "no-webgl") fail();
      else made.hear(data);
    };
  });
  // One photo is not worth what a GPU takes to begin.
  worker.postMessage({ type: "load", delegate: "CPU", photos: true } satisfies ToPose);
  return made;
}

async function bitmapOf(photo: Blob): Promise<ImageBitmap> {
  const whole = await createImageBitmap(photo);
  const scale = Math.min(1, ANALYSED / Math.max(whole.width, whole.height));
  const size = { resizeWidth: Math.max(1, Math.round(whole.width * scale)), resizeHeight: Math.max(1, Math.round(whole.height * scale)) };
  try {
    return await createImageBitmap(whole, size);
  } finally {
    whole.close();
  }
}

async function look(photo: Blob): Promise<Seen> {
  clearTimeout(idle);
  const { worker, ready } = (finder ??= begin());
  const own = finder;
  let slow: ReturnType<typeof setTimeout> | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      slow = setTimeout(() => reject(new Error("too slow")), PATIENCE_MS);
    });
    await Promise.race([ready, late]);
    const bitmap = await bitmapOf(photo);
    const shape = bitmap.width / bitmap.height;
    const people = new Promise<Landmark[][]>((resolve) => {
      own.hear = (message) => message.type === "people" && resolve(message.people);
    });
    worker.postMessage({ type: "photo", bitmap } satisfies ToPose, [bitmap]);
    return seenIn(await Promise.race([people, late]), shape);
  } catch (error) {
    end();
    throw error;
  } finally {
    clearTimeout(slow);
    idle = setTimeout(end, IDLE_MS);
  }
}

/** One photo at a time. Rejects where the model does not come or does not run: nothing is known then. */
export function lookHere(photo: Blob): Promise<Seen> {
  const seen = turn.then(() => look(photo));
  turn = seen.catch(() => undefined);
  return seen;
}
