import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Machine } from "./machine.ts";
import { expectRun, findOurs, USER } from "./world.ts";

const README = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "deploy/systemd/README.md");

/** Whoever types the blocks below each heading, in order; null is root. */
const TYPED_BY: Readonly<Record<string, readonly (string | null)[]>> = {
  "One service for all users": [null],
  "A timer instead": [null],
  "One instance for each user": [null],
  "Units of a user": [null, USER],
  "Secrets of channels": [null],
  Uninstall: [null],
  "By hand": [null],
};

/** Types every block of the README, line by line as it stands there; each line has to succeed. */
export function followReadme(machine: Machine): void {
  const sections = readFileSync(README, "utf8").split(/^## /m).slice(1);
  const found = sections.flatMap((text) => {
    const heading = text.split("\n", 1)[0] ?? "";
    const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
    return blocks.length === 0 ? [] : [{ heading, blocks }];
  });
  assert.deepEqual(
    found.map(({ heading, blocks }) => [heading, blocks.length]),
    Object.entries(TYPED_BY).map(([heading, users]) => [heading, users.length]),
    "every block is typed by somebody",
  );
  for (const { heading, blocks } of found) {
    for (const [index, block] of blocks.entries()) {
      const user = TYPED_BY[heading]?.[index] ?? undefined;
      // What a login would have set.
      expectRun(machine, `set -e; export XDG_RUNTIME_DIR=/run/user/$(id -u)\n${block}`, user);
    }
    if (heading === "Uninstall") assert.deepEqual(findOurs(machine.root, "/etc/systemd"), []);
  }
  expectRun(machine, "systemctl is-active agent-auth-exporter.service");
}
