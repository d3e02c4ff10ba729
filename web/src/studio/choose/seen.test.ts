/** What this device sees in photos, and that it says it in the server's words. */
import { readFileSync } from "node:fs";

import { expect, it } from "vitest";

import { seenIn, type Seen } from "../../mirror/pose/seen";
import { text } from "../../text";
import { codesOf } from "./seen";

/** Somebody whose torso is `length` long and has its middle at `x`, in fractions of a photo of height 1. */
function body(x: number, length: number) {
  const marks = Array.from({ length: 33 }, (): [number, number, number] => [x, 0.5, 1]);
  for (const i of [11, 12]) marks[i] = [x, 0.5 - length / 2, 1];
  for (const i of [23, 24]) marks[i] = [x, 0.5 + length / 2, 1];
  return marks;
}

const one: Seen = { people: "one", far: false };
const nobody: Seen = { people: "none", far: false };

it("tells nobody, one and several from landmarks, whatever the photo's shape", () => {
  expect(seenIn([], 0.75)).toEqual(nobody);
  expect(seenIn([body(0.5, 0.3)], 0.75)).toEqual(one);
  expect(seenIn([body(0.25, 0.3), body(0.75, 0.25)], 1.5).people).toBe("several");
  expect(seenIn([body(0.25, 0.1), body(0.75, 0.3)], 1.5).people, "a bystander").toBe("one");
  expect(seenIn([body(0.5, 0.3), body(0.52, 0.3)], 0.75).people, "one person seen twice").toBe("one");
  expect(seenIn([body(0.5, 0.1)], 0.75).far).toBe(true);
});

it("says of both photos together that they are swapped, and nothing of what it has not seen", () => {
  expect(codesOf(undefined, undefined)).toEqual({ person: [], garment: [] });
  expect(codesOf(nobody, undefined).person).toEqual(["person_not_found"]);
  expect(codesOf(nobody, nobody)).toEqual({ person: ["person_not_found"], garment: [] });
  expect(codesOf(nobody, one)).toEqual({ person: ["photos_swapped"], garment: ["garment_worn"] });
  expect(codesOf(one, one)).toEqual({ person: [], garment: ["garment_worn"] });
  expect(codesOf({ people: "several", far: true }, nobody).person).toEqual(["several_people", "person_too_small"]);
});

it("has the server's words for it", () => {
  const table = readFileSync("../docs/checks.md", "utf8").split("\n");
  for (const [code, said] of Object.entries(text.findings.here)) {
    const row = table.find((line) => line.startsWith(`| \`${code}\` |`))?.split("|").map((cell) => cell.trim());
    expect(row?.slice(3, 6), code).toEqual([said.severity, said.message, said.cure]);
  }
});
