/** A picture's own bytes without what is told beside it: where, when and with what it was taken. */
import type { Format } from "../sniff";

type Bytes = Uint8Array<ArrayBuffer>;

/** `orientation` is that of EXIF (1…8), which a JPEG keeps. Null for a format that cannot be taken apart here. */
export function stripped(format: Format, bytes: Bytes, orientation = 1): Blob | null {
  if (format === "jpeg") return new Blob(jpeg(bytes, orientation), { type: "image/jpeg" });
  if (format === "png") return new Blob(png(bytes), { type: "image/png" });
  if (format === "webp") return new Blob(webp(bytes), { type: "image/webp" });
  return null;
}

const name = (bytes: Bytes, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));

/** An EXIF segment that holds the orientation alone. */
function exif(orientation: number): Bytes {
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  return new Uint8Array([0xff, 0xe1, 0, 8 + tiff.length, ...new TextEncoder().encode("Exif\0\0"), ...tiff]);
}

/** Of a JPEG's segments, those that are needed to paint it, up to its end and no further. */
function jpeg(bytes: Bytes, orientation: number): Bytes[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept = [bytes.subarray(0, 2), ...(orientation > 1 ? [exif(orientation)] : [])];
  let at = 2;
  while (at + 4 <= bytes.length) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1; // a fill byte
      continue;
    }
    if (marker === 0xd9) return [...kept, bytes.subarray(at, at + 2)];
    let end = at + 2 + view.getUint16(at + 2);
    // What follows the head of a scan is the scan itself, in which 0xff is followed by 0 or a restart marker.
    if (marker === 0xda)
      while (end + 1 < bytes.length && (bytes[end] !== 0xff || bytes[end + 1] === 0 || (bytes[end + 1]! >= 0xd0 && bytes[end + 1]! <= 0xd7))) end++;
    const profile = marker === 0xe2 && name(bytes, at + 4, at + 15) === "ICC_PROFILE";
    const told = (marker >= 0xe1 && marker <= 0xef && marker !== 0xee) || marker === 0xfe;
    if (profile || !told) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return [...kept, bytes.subarray(at)];
}

const TOLD_BY_PNG = new Set(["eXIf", "tEXt", "zTXt", "iTXt", "tIME"]);

function png(bytes: Bytes): Bytes[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept = [bytes.subarray(0, 8)];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const [chunk, end] = [name(bytes, at + 4, at + 8), at + 12 + view.getUint32(at)];
    if (!TOLD_BY_PNG.has(chunk)) kept.push(bytes.subarray(at, end));
    if (chunk === "IEND") break;
    at = end;
  }
  return kept;
}

/** Bits of VP8X: there is EXIF, there is XMP. */
const TOLD_BY_WEBP = 0x08 | 0x04;

function webp(bytes: Bytes): Bytes[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Bytes[] = [];
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [chunk, size] = [name(bytes, at, at + 4), view.getUint32(at + 4, true)];
    const end = at + 8 + size + (size % 2);
    if (chunk !== "EXIF" && chunk !== "XMP ") {
      const own = bytes.slice(at, end);
      if (chunk === "VP8X") own[8]! &= ~TOLD_BY_WEBP;
      kept.push(own);
    }
    at = end;
  }
  const head = bytes.slice(0, 12);
  const length = 4 + kept.reduce((sum, { length }) => sum + length, 0);
  new DataView(head.buffer).setUint32(4, length, true);
  return [head, ...kept];
}
