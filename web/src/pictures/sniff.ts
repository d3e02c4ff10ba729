/** What a file is, from its first bytes: names and types lie, or are missing. */
export type Format = "jpeg" | "png" | "webp" | "gif" | "avif" | "heic" | "tiff" | "unknown";

const HEIC = new Set(["heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"]);

/** `head` is the first 32 bytes or more. */
export function sniff(head: Uint8Array): Format {
  const text = (from: number, to: number) => String.fromCharCode(...head.subarray(from, to));
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return "jpeg";
  if (text(1, 4) === "PNG") return "png";
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return "webp";
  if (text(0, 4) === "GIF8") return "gif";
  if (text(0, 4) === "II*\0" || text(0, 4) === "MM\0*") return "tiff";
  if (text(4, 8) === "ftyp") {
    // A mif1 file says among its compatible brands which codec is inside.
    const brands = [];
    for (let at = 8; at + 4 <= head.length; at += 4) brands.push(text(at, at + 4));
    if (brands.includes("avif") || brands.includes("avis")) return "avif";
    if (brands.some((brand) => HEIC.has(brand))) return "heic";
  }
  return "unknown";
}
