/** A picture that was chosen: a file prepared here, or an object that is already in the store. */
import { uploadPicture, type GarmentPart } from "../../api";
import { text } from "../../text";
import { preparePicture, type PhotoAdvice, type PictureKind } from "../../pictures";

/** `part` and `title` as the link said that brought a garment. */
export type Chosen = { part?: GarmentPart; title?: string } & (
  | { from: "file"; blob: Blob; preview: string; name: string; sha256: string; advice: PhotoAdvice[]; sample?: boolean }
  | { from: "store"; key: string; garmentId?: string }
);

export const SAMPLES = {
  person: ["people/ada.jpg", "people/kofi.jpg", "people/mei.jpg"],
  garment: ["garments/tshirt.jpg", "garments/striped.jpg", "garments/dress.jpg", "garments/trousers.jpg"],
} as const;

/** Which part a sample garment is for. */
export const SAMPLE_PART: Record<string, "upper" | "lower" | "overall"> = {
  "garments/dress.jpg": "overall",
  "garments/trousers.jpg": "lower",
};

/** What a camera or a browser calls a picture says nothing of it. */
const SAYS_NOTHING = /^(img|image|dsc|dcim|pxl|photo|picture|screenshot|download|unnamed|snap|garment)?[-_ ()0-9a-f]*$/i;

/** What a garment is called in the history, where its picture says so. */
function titleOf(garment: Chosen): string | null {
  if (garment.title || garment.from === "store") return garment.title ?? null;
  const name = garment.name.replace(/\.[^.]*$/, "");
  const sample = Object.entries(text.samples).find(([path]) => path === `garments/${garment.name}`);
  return sample ? sample[1] : SAYS_NOTHING.test(name) ? null : name.slice(0, 80);
}

/** What a VTON is told of its garment, besides its picture. */
export function toldOf(garment: Chosen): { title?: string; garmentId?: string } {
  const title = titleOf(garment);
  const garmentId = garment.from === "store" ? garment.garmentId : undefined;
  return { ...(title ? { title } : {}), ...(garmentId ? { garmentId } : {}) };
}

/** Throws PictureProblem. */
export async function choose(file: Blob, kind: PictureKind, name: string): Promise<Extract<Chosen, { from: "file" }>> {
  const prepared = await preparePicture(file, kind);
  return {
    from: "file",
    blob: prepared.blob,
    preview: URL.createObjectURL(prepared.blob),
    name,
    sha256: prepared.sha256,
    advice: prepared.advice,
  };
}

export async function chooseSample(path: string, kind: PictureKind): Promise<Chosen> {
  const answer = await fetch(`/samples/${path}`);
  if (!answer.ok) throw new Error(`The sample picture is not there (${answer.status}).`);
  return { ...(await choose(await answer.blob(), kind, path.split("/").pop() ?? path)), sample: true };
}

const EXTENSIONS: Record<string, string> = { "image/png": "png", "image/webp": "webp" };

/** What goes up, or has gone: its key, and who wants to know how far it is. */
interface Sending {
  key: Promise<string>;
  listeners: ((fraction: number) => void)[];
}

const sent = new Map<string, Sending>();

/** The object key of a chosen picture, uploaded when it has to be; the same bytes go up once for one user. */
export async function keyOf(chosen: Chosen, userId: string, onProgress: (fraction: number) => void): Promise<string> {
  if (chosen.from === "store") {
    onProgress(1);
    return chosen.key;
  }
  const memory = `${userId}:${chosen.sha256}`;
  const known = chosen.sha256 ? sent.get(memory) : undefined;
  if (known) {
    known.listeners.push(onProgress);
    const key = await known.key;
    onProgress(1);
    return key;
  }
  const extension = EXTENSIONS[chosen.blob.type] ?? "jpg";
  const name = `${chosen.name.replace(/\.[^.]*$/, "") || "photo"}.${extension}`;
  const listeners = [onProgress];
  const key = uploadPicture(chosen.blob, name, (fraction) => listeners.forEach((listener) => listener(fraction)));
  sent.set(memory, { key, listeners });
  try {
    return await key;
  } catch (error) {
    sent.delete(memory);
    throw error;
  }
}
