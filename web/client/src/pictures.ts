/** Which type of picture a file is. */

const text = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.slice(from, to));
const HEIF = ["heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"];

/** As the blob says, or by its first bytes; what is no picture is bytes, and the server says which types it takes. */
export async function contentType(picture: Blob): Promise<string> {
  if (picture.type) return picture.type;
  const bytes = new Uint8Array(await picture.slice(0, 64).arrayBuffer());
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "image/jpeg";
  if (text(bytes, 0, 8) === "\x89PNG\r\n\x1a\n") return "image/png";
  if (text(bytes, 0, 4) === "RIFF" && text(bytes, 8, 12) === "WEBP") return "image/webp";
  if (text(bytes, 4, 8) === "ftyp") {
    const brand = text(bytes, 8, 12);
    if (["avif", "avis"].includes(brand) || text(bytes, 16, 64).includes("avif")) return "image/avif";
    if (HEIF.includes(brand)) return "image/heic";
  }
  return "application/octet-stream";
}
