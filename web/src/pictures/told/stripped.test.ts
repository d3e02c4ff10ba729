import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { imageSize } from "image-size";
import { expect, it } from "vitest";

import { sniff } from "../sniff";
import { stripped } from "./stripped";
import { quarterTurns } from "../turned";
import { isWhole } from "../whole";

const python = process.env.PYTHON ?? "../.venv/bin/python";

/** The sample person with EXIF, where it was taken and a comment in it; saved by Pillow. */
function told(kind: string, extra = ""): Uint8Array<ArrayBuffer> {
  const code =
    "import sys; from PIL import Image, PngImagePlugin; image = Image.open('../samples/drawn/person.jpg').resize((60, 80)); exif = Image.Exif()\n" +
    "exif[0x112] = 6; exif[0x10f] = 'SECRET camera'; exif.get_ifd(0x8825)[29] = 'SECRET place'\n" +
    "text = PngImagePlugin.PngInfo(); text.add_text('Comment', 'SECRET words')\n" +
    `image.save(sys.stdout.buffer, '${kind}', exif=exif${extra})`;
  return new Uint8Array(execFileSync(python, ["-c", code]));
}

it.each([
  ["jpeg", told("JPEG", ", comment=b'SECRET words', progressive=True")],
  ["png", told("PNG", ", pnginfo=text")],
  ["webp", told("WEBP", ", xmp=b'SECRET words'")],
] as const)("a %s keeps its picture and nothing that is told beside it", async (format, bytes) => {
  expect(Buffer.from(bytes).includes("SECRET")).toBe(true);
  const blob = stripped(format, bytes, 6);
  const kept = new Uint8Array(await (blob as Blob).arrayBuffer());
  expect(blob?.type).toBe(`image/${format}`);
  expect(Buffer.from(kept).includes("SECRET")).toBe(false);
  expect(sniff(kept)).toBe(format);
  expect(isWhole(format, kept)).toBe(true);
  expect(imageSize(kept)).toMatchObject({ width: 60, height: 80, ...(format === "jpeg" ? { orientation: 6 } : {}) });
  // The very pixels, as another program reads them.
  const pixels = (picture: Uint8Array) =>
    execFileSync(python, ["-c", "import sys, io; from PIL import Image; sys.stdout.write(str(hash(Image.open(io.BytesIO(sys.stdin.buffer.read())).tobytes())))"], { input: picture, env: { ...process.env, PYTHONHASHSEED: "0" } }).toString();
  expect(pixels(kept)).toBe(pixels(bytes));
});

it("what lies behind a photo, as phones write it, goes as well", async () => {
  const photo = new Uint8Array([...readFileSync("../samples/drawn/person.jpg"), ...Buffer.from("SECRET film")]);
  const kept = await stripped("jpeg", photo)?.arrayBuffer();
  expect(Buffer.from(kept as ArrayBuffer).includes("SECRET")).toBe(false);
});

it("a format that is not taken apart gives nothing", () => {
  expect(stripped("heic", new Uint8Array(40))).toBeNull();
});

it("how an AVIF is to be turned is read from its boxes", () => {
  expect(quarterTurns(told("AVIF"))).toBe(3);
  expect(quarterTurns(new Uint8Array(readFileSync("../samples/drawn/person.jpg")))).toBe(0);
});
