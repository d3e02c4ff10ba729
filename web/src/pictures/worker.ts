/** Decodes, scales and re-encodes one picture at a time, off the page's thread. What comes out has no EXIF. */
import { imageSize } from "image-size";

import { advise, adviseSize, type PhotoAdvice, type PictureKind } from "./advice";
import { isFaithful } from "./faithful";
import { termOf, withTerm } from "./told/mark";
import { MAX_BYTES, MAX_PIXELS, MIN_SIDE } from "./limits";
import { sniff, type Format } from "./sniff";
import { stripped } from "./told/stripped";
import { quarterTurns, upright } from "./turned";
import { isWhole } from "./whole";

export interface Request {
  id: number;
  file: Blob;
  kind: PictureKind;
}
export type Reply =
  | { id: number; type: "done"; blob: Blob; width: number; height: number; sha256: string; advice: PhotoAdvice[] }
  | { id: number; type: "problem"; code: string };

const LONGEST = { person: 2048, garment: 1536 };
/** Beyond this a picture is not kept whole, but with a long side as below. */
const LARGE_PIXELS = 50e6;
const LARGE_SIDE = 4096;
/** Sizes stand near the beginning, after what a camera writes about itself. */
const HEAD_BYTES = 1e6;

class Refused extends Error {}

/** How to decode the file: a large one smaller than it is. Throws Refused. */
async function checkSize(file: Blob): Promise<ImageBitmapOptions> {
  let size: { width: number; height: number };
  try {
    size = imageSize(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
  } catch {
    return {}; // it does not say: the decoder will
  }
  const pixels = size.width * size.height;
  if (pixels > MAX_PIXELS) throw new Refused("too_many_pixels");
  if (pixels <= LARGE_PIXELS) return {};
  const scale = Math.min(1, LARGE_SIDE / Math.max(size.width, size.height));
  return { resizeWidth: Math.max(1, Math.round(size.width * scale)), resizeQuality: "high" };
}

async function formatOf(file: Blob): Promise<Format> {
  const format = sniff(new Uint8Array(await file.slice(0, 64).arrayBuffer()));
  if (format === "tiff") throw new Refused("tiff");
  if (format === "unknown") throw new Refused("not_a_picture");
  if (file.size > MAX_BYTES) throw new Refused("too_large");
  if (!isWhole(format, new Uint8Array(await file.arrayBuffer()))) throw new Refused("cut_off");
  return format;
}

async function open(file: Blob, format: Format): Promise<ImageBitmap> {
  const options = await checkSize(file);
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image", ...options });
    return format === "avif" ? await upright(bitmap, quarterTurns(new Uint8Array(await file.arrayBuffer()))) : bitmap;
  } catch {
    if (format !== "heic") throw new Refused("unreadable");
  }
  try {
    const { decodeHeic } = await import("./heic");
    return await decodeHeic(new Uint8Array(await file.arrayBuffer()));
  } catch {
    throw new Refused("unreadable");
  }
}

function draw(bitmap: ImageBitmap | OffscreenCanvas, width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Refused("unreadable");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return context;
}

function isTransparent(pixels: Uint8ClampedArray): boolean {
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i]! < 250) return true;
  return false;
}

/** The file as it came, less what is told beside the picture. Throws Refused. */
async function asItIs(file: Blob, format: Format): Promise<Blob> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { orientation } = format === "jpeg" ? imageSize(bytes) : {};
  const blob = stripped(format, bytes, orientation);
  if (!blob) throw new Refused("noise");
  return blob;
}

/** What the file says of how it was made is said of what is sent, too. */
async function marked(blob: Blob, file: Blob): Promise<Blob> {
  const term = termOf(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
  return term ? withTerm(blob, term) : blob;
}

async function fingerprint(blob: Blob): Promise<string> {
  const digest = await crypto.subtle?.digest("SHA-256", await blob.arrayBuffer());
  return digest ? [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, "0")).join("") : "";
}

async function prepare({ id, file, kind }: Request): Promise<Reply> {
  const format = await formatOf(file);
  const bitmap = await open(file, format);
  try {
    const full = { width: bitmap.width, height: bitmap.height };
    if (full.width * full.height > MAX_PIXELS) throw new Refused("too_many_pixels");
    if (Math.min(full.width, full.height) < MIN_SIDE) throw new Refused("too_small");
    if (!isFaithful()) {
      const blob = await marked(await asItIs(file, format), file);
      return { id, type: "done", blob, ...full, sha256: await fingerprint(blob), advice: adviseSize(kind, full) };
    }
    const scale = Math.min(1, LONGEST[kind] / Math.max(full.width, full.height));
    const width = Math.max(1, Math.round(full.width * scale));
    const height = Math.max(1, Math.round(full.height * scale));
    const context = draw(bitmap, width, height);
    const cutOut = kind === "garment" && isTransparent(context.getImageData(0, 0, width, height).data);
    if (!cutOut) {
      // JPEG has no alpha: what is clear would turn black.
      context.globalCompositeOperation = "destination-over";
      context.fillStyle = "#fff";
      context.fillRect(0, 0, width, height);
    }
    const small = Math.min(1, 256 / Math.max(width, height));
    const [w, h] = [Math.max(3, Math.round(width * small)), Math.max(3, Math.round(height * small))];
    const copy = draw(context.canvas, w, h);
    copy.globalCompositeOperation = "destination-over"; // what is clear in a cut-out is not dark
    copy.fillStyle = "#fff";
    copy.fillRect(0, 0, w, h);
    const advice = advise(kind, full, copy.getImageData(0, 0, w, h).data, w, h);
    const encoded = await context.canvas.convertToBlob(cutOut ? { type: "image/png" } : { type: "image/jpeg", quality: 0.9 });
    const blob = await marked(encoded, file);
    return { id, type: "done", blob, width, height, sha256: await fingerprint(blob), advice };
  } finally {
    bitmap.close();
  }
}

let turn: Promise<unknown> = Promise.resolve();

self.onmessage = (message: MessageEvent<Request>) => {
  // One at a time: two large pictures decoded together are too much for a phone.
  turn = turn.then(async () => {
    const reply = await prepare(message.data).catch(
      (error: unknown): Reply => ({
        id: message.data.id,
        type: "problem",
        code: error instanceof Refused ? error.message : "unreadable",
      }),
    );
    self.postMessage(reply);
  });
};
