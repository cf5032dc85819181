import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { UnavailableError } from "../errors.ts";

/** The text of a file below the package's `deploy/`, such as `systemd/user/agent-auth-check.timer`. */
export function readTemplate(name: string): string {
  // Sources and bundles lie at different depths.
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const path = join(at, "deploy", name);
    if (existsSync(path)) return readFileSync(path, "utf8");
    if (dirname(at) === at) {
      throw new UnavailableError(
        `deploy/${name}: expected it in the package, found nothing; install the package again`,
      );
    }
  }
}
