// Lays a file beside index.html for each page of the app, so that whoever serves files answers its address, and no other.
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("..", import.meta.url));
const routes = readFileSync(`${web}src/App.tsx`, "utf8").matchAll(/<Route path="(\/[^"*]+)"/g);
// "/try/:id" is try/id.html: whatever stands there in an address.
const pages = [...routes].map(([, path]) => path.replaceAll(":", ""));
if (pages.length < 5) throw new Error(`src/App.tsx names ${pages.length} pages only`);
for (const page of pages) {
  const file = `${web}dist${page}.html`;
  mkdirSync(dirname(file), { recursive: true });
  copyFileSync(`${web}dist/index.html`, file);
}
