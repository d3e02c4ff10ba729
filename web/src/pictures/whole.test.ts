import { readFileSync } from "node:fs";

import { expect, it } from "vitest";

import { sniff } from "./sniff";
import { isWhole } from "./whole";

const box = (name: string, body: number) => {
  const made = new Uint8Array(8 + body);
  new DataView(made.buffer).setUint32(0, made.length);
  made.set(new TextEncoder().encode(name), 4);
  return made;
};
const avif = new Uint8Array([...box("ftyp", 16), ...box("meta", 40), ...box("mdat", 500)]);
avif.set(new TextEncoder().encode("avif\0\0\0\0avifmif1"), 8);

// A pixel, and a comment before it.
const gif = Uint8Array.from(
  atob("R0lGODlhAQABAIAAAAAAAP///yH+DGp1c3QgYSBwaXhlbAAsAAAAAAEAAQAAAgJEAQA7"),
  (letter) => letter.charCodeAt(0),
);

it.each([
  ["jpeg", readFileSync("../samples/drawn/person.jpg")],
  ["png", readFileSync("public/icon-192.png")],
  ["webp", readFileSync("public/cutouts/tshirt.webp")],
  ["avif", avif],
  ["gif", gif],
])("a %s that ends too early is not whole", (format, file) => {
  const bytes = new Uint8Array(file);
  expect(sniff(bytes)).toBe(format);
  expect(isWhole(sniff(bytes), bytes)).toBe(true);
  for (const kept of [0.2, 0.5, 0.9, 0.99]) expect(isWhole(sniff(bytes), bytes.slice(0, kept * bytes.length)), `${kept} of it`).toBe(false);
});

it("what lies behind the picture, as phones write it, takes nothing from it", () => {
  const photo = new Uint8Array([...readFileSync("../samples/drawn/person.jpg"), ...new Uint8Array(3000)]);
  expect(isWhole("jpeg", photo)).toBe(true);
});
