import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { GENERATED_DOCS } from "./generated-docs.ts";

for (const { path, render } of GENERATED_DOCS) {
  writeFileSync(join(import.meta.dirname, "..", path), render());
  console.log(path);
}
