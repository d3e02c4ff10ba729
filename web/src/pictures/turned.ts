/** AVIF pictures say by a box, `irot` (ISO 23008-12), how they are to be turned; Safari does not do it. */

/** A grey picture, 16×8 as it is kept, 8×16 once it is turned. */
const PROBE =
  "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAAD1bWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAAAAAAAOcGl0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAEdAAAAHAAAAChpaW5mAAAAAAABAAAAGmluZmUC" +
  "AAAAAAEAAGF2MDFDb2xvcgAAAAB0aXBycAAAAFRpcGNvAAAAFGlzcGUAAAAAAAAAEAAAAAgAAAAQcGl4aQAAAAADCAgIAAAADGF2MUOBAAwAAAAAE2NvbHJuY2x4AAEADQAGgAAAAAlpcm90AwAAABhpcG1hAAAAAAAAAAEAAQUBAoMEhQAAACRtZGF0EgAKCBgMv7ZAQ0GhMg4f94eFFcAALAAAILCf1g==";

/** Where the boxes around `irot` have their contents begin: meta tells its version first. */
const AROUND: Record<string, number> = { meta: 12, iprp: 8, ipco: 8 };

/** Quarter turns against the clock that an AVIF file asks for, 0…3. */
export function quarterTurns(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [at, end] = [0, bytes.length];
  while (at + 9 <= end) {
    const size = view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (name === "irot") return view.getUint8(at + 8) & 3;
    if (size < 8) return 0;
    const inside = AROUND[name];
    if (inside) [at, end] = [at + inside, Math.min(end, at + size)];
    else at += size;
  }
  return 0;
}

let known: Promise<boolean> | null = null;

async function ask(): Promise<boolean> {
  const probe = await createImageBitmap(new Blob([Uint8Array.from(atob(PROBE), (letter) => letter.charCodeAt(0))], { type: "image/avif" }));
  return probe.height > probe.width;
}

/** The picture upright: turned here, where the browser did not. */
export async function upright(bitmap: ImageBitmap, turns: number): Promise<ImageBitmap> {
  if (turns === 0 || (await (known ??= ask()))) return bitmap;
  const { width, height } = bitmap;
  const across = turns % 2 === 1;
  const canvas = new OffscreenCanvas(across ? height : width, across ? width : height);
  const context = canvas.getContext("2d");
  context?.translate(canvas.width / 2, canvas.height / 2);
  context?.rotate((-turns * Math.PI) / 2);
  context?.drawImage(bitmap, -width / 2, -height / 2);
  bitmap.close();
  return canvas.transferToImageBitmap();
}
