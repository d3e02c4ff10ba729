// Lays FILE.br and FILE.gz beside each file of dist/ that becomes smaller by them: whoever serves it compresses nothing.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const WORTH = /\.(js|css|html|json|svg|txt|wasm|task)$/;
/** The best level takes half a minute for a large file, and gains a tenth. */
const LARGE = 2e6;

const brotli = (bytes) =>
  promisify(brotliCompress)(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: bytes.length > LARGE ? 6 : 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
const gzipped = (bytes) => promisify(gzip)(bytes, { level: 9 });

async function compress(file) {
  const bytes = readFileSync(file);
  if (bytes.length < 512) return;
  for (const [ending, make] of [["br", brotli], ["gz", gzipped]]) {
    const small = await make(bytes);
    if (small.length < 0.95 * bytes.length) writeFileSync(`${file}.${ending}`, small);
  }
}

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && WORTH.test(entry.name))
  .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`);
await Promise.all(files.map(compress));
