/** Whether a file goes on to its end: browsers show half a picture, or a white one, as if it were whole. */
import type { Format } from "./sniff";

/** By the end marker of the format, or by the lengths that it writes; true where it has neither. */
export function isWhole(format: Format, bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (format === "jpeg") return jpegEnds(view);
  if (format === "webp") return bytes.length >= 12 && view.getUint32(4, true) + 8 <= bytes.length + 1; // the last may lack its padding
  if (format === "png") return chunksEnd(view);
  if (format === "gif") return blocksEnd(view);
  if (format === "avif" || format === "heic") return boxesEnd(view);
  return true;
}

/** From segment to segment to the picture itself, since a thumbnail before it has an end of its own; then its end. */
function jpegEnds(view: DataView): boolean {
  let at = 2;
  while (at + 4 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return false;
    const marker = view.getUint8(at + 1);
    if (marker === 0xda) break;
    if (marker === 0xff) at += 1; // a fill byte
    else at += 2 + view.getUint16(at + 2);
  }
  for (at += 2; at + 1 < view.byteLength; at++) if (view.getUint16(at) === 0xffd9) return true;
  return false;
}

function chunksEnd(view: DataView): boolean {
  let at = 8;
  while (at + 12 <= view.byteLength) {
    const end = view.getUint32(at + 4) === 0x49454e44; // IEND
    at += 12 + view.getUint32(at);
    if (end) return at <= view.byteLength;
  }
  return false;
}

/** GIF: past the colours to blocks, each a row of parts that say how long they are, and a last byte that ends it all. */
function blocksEnd(view: DataView): boolean {
  const colours = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  if (view.byteLength < 14) return false;
  let at = 13 + colours(view.getUint8(10));
  while (at < view.byteLength) {
    const block = view.getUint8(at);
    if (block === 0x3b) return true;
    if (block === 0x2c && at + 10 < view.byteLength) at += 11 + colours(view.getUint8(at + 9));
    else if (block === 0x21) at += 2;
    else return false;
    while (at < view.byteLength && view.getUint8(at) !== 0) at += 1 + view.getUint8(at);
    at += 1;
  }
  return false;
}

/** ISO 14496-12: each box says how long it is; 0 is up to the end, 1 says it in eight bytes. */
function boxesEnd(view: DataView): boolean {
  let at = 0;
  while (at + 8 <= view.byteLength) {
    const size = view.getUint32(at);
    if (size === 0) return true;
    if (size === 1 && at + 16 > view.byteLength) return false;
    const whole = size === 1 ? Number(view.getBigUint64(at + 8)) : size;
    if (whole < 8) return false;
    at += whole;
  }
  return at <= view.byteLength;
}
