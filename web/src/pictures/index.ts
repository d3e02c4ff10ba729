/** Any picture a phone or laptop holds → a small upright JPEG (or PNG cut-out) without EXIF, and advice about it. */
import type { PhotoAdvice, PictureKind } from "./advice";
import type { Reply, Request } from "./worker";

export type { PhotoAdvice, PictureKind } from "./advice";

/** A picture that cannot be used; `code` says why. */
export class PictureProblem extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

export interface Prepared {
  blob: Blob;
  width: number;
  height: number;
  type: string;
  /** Of the prepared bytes, in hex; empty where the page is not served securely. */
  sha256: string;
  advice: PhotoAdvice[];
}

const PATIENCE_MS = 60_000;

let worker: Worker | null = null;
let last = 0;

/** Throws PictureProblem. */
export function preparePicture(file: Blob, kind: PictureKind): Promise<Prepared> {
  worker ??= new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const own = worker;
  const id = ++last;
  return new Promise((resolve, reject) => {
    const finish = () => {
      clearTimeout(timer);
      own.removeEventListener("message", listen);
      own.removeEventListener("error", broken);
    };
    const broken = () => {
      finish();
      own.terminate(); // whatever it hangs on, the next picture gets a fresh one
      if (worker === own) worker = null;
      reject(new PictureProblem("unreadable"));
    };
    const timer = setTimeout(broken, PATIENCE_MS);
    const listen = (message: MessageEvent<Reply>) => {
      const reply = message.data;
      if (reply.id !== id) return;
      finish();
      if (reply.type === "problem") reject(new PictureProblem(reply.code));
      else resolve({ ...reply, type: reply.blob.type });
    };
    own.addEventListener("message", listen);
    own.addEventListener("error", broken);
    own.postMessage({ id, file, kind } satisfies Request);
  });
}
