/** Validates an AsyncAPI document by the parser of the specification's makers: node asyncapi.mjs FILE. */
import { readFile } from "node:fs/promises";

import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(await readFile(process.argv[2], "utf8"));
const errors = diagnostics.filter(({ severity }) => severity === 0);
for (const { path, message } of errors) console.error(`${path.join(".")}: ${message}`);
if (!document || errors.length > 0) process.exit(1);
console.log(`${process.argv[2]}: valid`);
