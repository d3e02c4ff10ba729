/** A picture that says how it was made says so after the app has encoded it again: nothing else is carried over. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it } from "vitest";

import { termOf, withTerm } from "./mark";

const jpeg = readFileSync("../samples/drawn/people/ada.jpg");
const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
const python = process.env.PYTHON ?? "../.venv/bin/python";

/** What another program reads in the file. */
async function read(blob: Blob, name: string): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), "mark-")), name);
  writeFileSync(file, Buffer.from(await blob.arrayBuffer()));
  return execFileSync(python, ["-c", "import sys\nfrom PIL import Image\np = Image.open(sys.argv[1]); p.load()\nprint(p.info.get('xmp') or p.info.get('XML:com.adobe.xmp'))", file], {
    encoding: "utf8",
  });
}

it.each([
  ["image/jpeg", jpeg, "a.jpg"],
  ["image/png", png, "a.png"],
])("a %s says it and can be read", async (type, bytes, name) => {
  const told = await withTerm(new Blob([bytes], { type }), "compositeWithTrainedAlgorithmicMedia");
  expect(await read(told, name)).toContain("newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia<");
  expect(termOf(new Uint8Array(await told.arrayBuffer()))).toBe("compositeWithTrainedAlgorithmicMedia");
});

it("says nothing of a picture that says nothing, and takes no more than IPTC's term", () => {
  expect(termOf(jpeg)).toBeNull();
  const told = 'GPSLatitude="52,5N" http://cv.iptc.org/newscodes/digitalsourcetype/composite<x>';
  expect(termOf(new TextEncoder().encode(told))).toBe("composite");
});
