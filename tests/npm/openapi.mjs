// Judges OpenAPI documents: a line {"document": {...}} gives {"version", "valid", "errors"}.
// Run by tests/lib/npm.py; NPM_DIR has the packages.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.env.NPM_DIR, "package.json"));
const at = require.resolve("@seriousme/openapi-schema-validator");
const { Validator } = await import(pathToFileURL(at));

for await (const line of createInterface({ input: process.stdin })) {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(line).document);
  console.log(JSON.stringify({ version: validator.version, valid, errors }));
}
