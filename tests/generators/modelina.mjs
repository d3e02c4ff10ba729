/** `node modelina.mjs python|typescript DOCUMENT FOLDER`: models of every message. */
import { mkdirSync, readFileSync } from "node:fs";

import { PYTHON_PYDANTIC_PRESET, PythonFileGenerator, TypeScriptFileGenerator } from "@asyncapi/modelina";

const [language, document, folder] = process.argv.slice(2);
const generator =
  language === "python" ? new PythonFileGenerator({ presets: [PYTHON_PYDANTIC_PRESET] }) : new TypeScriptFileGenerator();
mkdirSync(folder, { recursive: true });
await generator.generateToFiles(JSON.parse(readFileSync(document, "utf8")), folder, {
  exportType: "named",
  packageName: "messages", // of Python: what its models import one another from
});
