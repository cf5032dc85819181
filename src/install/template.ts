import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UnavailableError } from "../errors.ts";

/** The text of a file of the package, such as `deploy/systemd/user/agent-auth-check.timer`. */
export function readTemplate(name: string): string {
  // Sources and bundles lie at different depths.
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    const path = join(at, name);
    if (existsSync(path)) return readFileSync(path, "utf8");
    if (dirname(at) === at) {
      throw new UnavailableError(`${name}: expected it in the package, found nothing; install the package again`);
    }
  }
}
