/** `node modelina.mjs python|typescript DOCUMENT FOLDER`: models of every message. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { PYTHON_PYDANTIC_PRESET, PythonFileGenerator, TypeScriptFileGenerator } from "@asyncapi/modelina";

const [language, document, folder] = process.argv.slice(2);
const generator =
  language === "python" ? new PythonFileGenerator({ presets: [PYTHON_PYDANTIC_PRESET] }) : new TypeScriptFileGenerator();
mkdirSync(folder, { recursive: true });
await generator.generateToFiles(JSON.parse(readFileSync(document, "utf8")), folder, { exportType: "named" });
if (language === "python") writeFileSync(join(folder, "__init__.py"), "from .job_event import JobEvent\n");
