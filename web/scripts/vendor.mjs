// Puts what the app serves beside its bundle into public/: the sample pictures.
import { cpSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
for (const folder of ["people", "garments"]) {
  mkdirSync(`${root}/public/samples`, { recursive: true });
  cpSync(`${root}/../samples/${folder}`, `${root}/public/samples/${folder}`, { recursive: true });
}
