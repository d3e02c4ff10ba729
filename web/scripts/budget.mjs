// What a first visit may weigh, gzipped, and what must not be in it. Reads Vite's manifest.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, "utf8"));
const BUDGETS = [
  { name: "entry", start: "index.html", most: 120_000, never: /mediapipe|@react-three|WebGLRenderer|HeifDecoder/ },
  { name: "mirror", start: "src/mirror/index.tsx", most: 20_000, never: /WebGLRenderer|HeifDecoder/ },
  { name: "mirror with the camera on", start: "src/mirror/Stage.tsx", most: 260_000, never: /HeifDecoder/ },
];

/** The chunks that come with `key` without anything being done, less those of `without`. */
function graph(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) graph(next, seen);
  return seen;
}

let failed = false;
const entry = graph("index.html");
for (const { name, start, most, never } of BUDGETS) {
  const chunks = [...graph(start)].filter((key) => start === "index.html" || !entry.has(key));
  let size = 0;
  for (const key of chunks) {
    const code = readFileSync(dist + manifest[key].file);
    size += gzipSync(code, { level: 9 }).length;
    if (never.test(code.toString())) {
      console.error(`${name}: ${manifest[key].file} holds what must be loaded later`);
      failed = true;
    }
  }
  const verdict = size <= most ? "ok" : "TOO LARGE";
  failed ||= size > most;
  console.log(`${name}: ${(size / 1000).toFixed(1)} kB gzipped of ${most / 1000} kB: ${verdict}`);
}
// The mirror's worker loads apart from it, and later.
const WORKER_MOST = 60_000;
const worker = readdirSync(`${dist}assets`).find((file) => file.startsWith("pose.worker"));
const size = gzipSync(readFileSync(`${dist}assets/${worker}`), { level: 9 }).length;
failed ||= size > WORKER_MOST;
console.log(`pose worker: ${(size / 1000).toFixed(1)} kB gzipped of ${WORKER_MOST / 1000} kB: ${size <= WORKER_MOST ? "ok" : "TOO LARGE"}`);
process.exit(failed ? 1 : 0);
