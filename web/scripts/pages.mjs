// Lays a file beside index.html for each page of the app, so that whoever serves files answers its address, and no other.
// Each has its page's first markup in it, which is seen before the scripts have come.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { createServer } from "vite";

const web = fileURLToPath(new URL("..", import.meta.url));
const dist = `${web}dist`;
const source = readFileSync(`${web}src/App.tsx`, "utf8");
// "/try/:id" is try/id.html: whatever stands there in an address. What no route has is 404.html.
const routes = [...source.matchAll(/<Route path="\/([^"*]+)" element={<(\w+)/g)].map(([, path, element]) => [path.replaceAll(":", ""), element]);
if (routes.length < 5) throw new Error(`src/App.tsx names ${routes.length} pages only`);

// The styles are small and stand in the page itself: it is painted as soon as it is there.
const page = readFileSync(`${dist}/index.html`, "utf8").replace(
  /<link rel="stylesheet"[^>]* href="([^"]+)">/,
  (_, file) => `<style>${readFileSync(dist + file, "utf8")}</style>`,
);
if (!page.includes("<style>")) throw new Error("dist/index.html names no styles");
const manifest = JSON.parse(readFileSync(`${dist}/.vite/manifest.json`, "utf8"));
const server = await createServer({ root: web, server: { middlewareMode: true, hmr: false, ws: false }, appType: "custom", optimizeDeps: { noDiscovery: true }, logLevel: "error" });
// As much of a browser as modules ask for when they are loaded.
Object.assign(globalThis, { location: new URL("http://localhost/") });
const { markup } = await server.ssrLoadModule("/src/prerender.tsx");

/** What a page's own script is, where it has one: it is fetched with the first, not after it. */
function preloads(element) {
  const [, imported] = source.match(new RegExp(`const ${element} = lazy\\(\\(\\) => import\\("\\./([^"]+)"`)) ?? [];
  const own = imported && (manifest[`src/${imported}.tsx`] ?? manifest[`src/${imported}/index.tsx`]);
  return own ? [own.file, ...(own.imports ?? []).map((key) => manifest[key].file)] : [];
}

async function write(name, path, element) {
  const links = preloads(element).filter((file) => !page.includes(file)).map((file) => `<link rel="modulepreload" crossorigin href="/${file}">`);
  // React would have each picture fetched before all else: those in view come soon enough, and others later.
  const seen = (await markup(path)).replaceAll(/<link rel="preload" as="image"[^>]*>/g, "");
  const made = page.replace("</head>", `${links.join("")}</head>`).replace('<div id="root">', `<div id="root" inert>${seen}`);
  mkdirSync(dirname(`${dist}/${name}.html`), { recursive: true });
  writeFileSync(`${dist}/${name}.html`, made);
}

for (const [path, element] of routes) await write(path, `/${path}`, element);
await write("404", "/404");
await write("index", "/studio", "StudioPage");
await server.close();
process.exit(0); // a channel between tabs, of which there are none here, would wait for ever
