import { describe, expect, it } from "vitest";

import { advise } from "./advice";
import { sniff } from "./sniff";

const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const box = (brand: string, ...compatible: string[]) => bytes(`\0\0\0\x20ftyp${brand}\0\0\0\0${compatible.join("")}`);

describe("sniff", () => {
  it.each([
    ["jpeg", bytes("\xff\xd8\xff\xe0")],
    ["png", bytes("\x89PNG\r\n\x1a\n")],
    ["webp", bytes("RIFF\0\0\0\0WEBPVP8 ")],
    ["gif", bytes("GIF89a")],
    ["tiff", bytes("II*\0")],
    ["tiff", bytes("MM\0*")],
    ["heic", box("heic", "mif1", "heic")],
    ["heic", box("mif1", "mif1", "heic")],
    ["avif", box("avif", "mif1", "miaf")],
    ["avif", box("mif1", "avif")],
    ["unknown", box("mp42", "isom")],
    ["unknown", bytes("hello")],
    ["unknown", new Uint8Array()],
  ])("knows %s by its bytes", (format, head) => expect(sniff(head)).toBe(format));
});

describe("advise", () => {
  const size = 64;
  const picture = (value: (x: number, y: number) => number) => {
    const pixels = new Uint8ClampedArray(size * size * 4);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) pixels.set([value(x, y), value(x, y), value(x, y), 255], 4 * (y * size + x));
    return pixels;
  };
  const sharp = picture((x, y) => ((x >> 2) + (y >> 2)) % 2 ? 60 : 180);
  const codes = (...args: Parameters<typeof advise>) => advise(...args).map(({ code }) => code);
  const portrait = { width: 900, height: 1200 };

  it("has nothing against a sharp, light portrait", () => expect(codes("person", portrait, sharp, size, size)).toEqual([]));
  it("says that a picture is small", () =>
    expect(codes("person", { width: 300, height: 400 }, sharp, size, size)).toEqual(["small"]));
  it("says that a person lies across", () =>
    expect(codes("person", { width: 1200, height: 900 }, sharp, size, size)).toEqual(["landscape"]));
  it("lets a garment lie across", () =>
    expect(codes("garment", { width: 1200, height: 900 }, sharp, size, size)).toEqual([]));
  it("says that it is dark", () =>
    expect(codes("person", portrait, picture((x) => (x >> 2) % 2 ? 5 : 45), size, size)).toEqual(["dark"]));
  it("says that it is blurry", () =>
    expect(codes("person", portrait, picture((x) => 60 + x), size, size)).toEqual(["blurry"]));
});
