import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inHours, token, writeHome } from "../../test/commands/json-home.ts";
import { createJail, type FakeRoot, type Finished, type Notification } from "../../test/termux/fake-root.ts";
import type { JailNetwork } from "../../test/termux/jail.ts";
import { waitFor } from "../../test/wait.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const PROFILE = "anthropic:default";

/** A phone with Termux and an agent on it. */
export interface Phone {
  readonly root: FakeRoot;
  /** Types lines into a shell; the last one has to succeed, and nobody may complain. Returns what it prints. */
  type(lines: string): Promise<string>;
  /** The agent's token ends in so many hours. */
  setExpiry(hours: number): void;
  /** Waits until the phone shows something of the agent's token, and returns it. */
  shown(withinMs?: number): Promise<Notification>;
  /** Waits until the phone shows nothing. */
  blank(withinMs?: number): Promise<void>;
}

/** Packs the checkout once. */
export function packProgram(): { readonly path: string; readonly remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-packed-"));
  const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", directory];
  const name = execFileSync("npm", pack, { cwd: ROOT, encoding: "utf8" }).trim();
  return { path: join(directory, name), remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Lends a phone with nothing of ours but the tarball, and looks for secrets in all that it showed. */
export async function withPhone(
  tarball: string,
  network: JailNetwork,
  use: (phone: Phone) => Promise<void>,
): Promise<void> {
  const root = createJail(network);
  try {
    copyFileSync(tarball, join(root.outside(root.home), basename(tarball)));
    writeHome(root.outside(root.home), { [PROFILE]: token(inHours(2_000)) });
    root.adopt();
    await use(openPhone(root));
    for (const call of root.calls()) assert.doesNotMatch(JSON.stringify(call), /CANARY/, "no secret is told");
  } finally {
    await root.remove();
  }
}

/** Installs the program alone, from the tarball that is here. */
export async function installHere(phone: Phone): Promise<void> {
  await phone.type("npm install --global --offline --silent ./agent-auth-exporter-*.tgz");
}

/** The lines of one of the two blocks of termux/README.md. */
export function readLines(purpose: "install" | "uninstall"): readonly string[] {
  const readme = readFileSync(join(ROOT, "termux/README.md"), "utf8");
  const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block.trimEnd().split("\n"));
  const found = blocks[purpose === "install" ? 0 : 1];
  assert(blocks.length === 2 && found !== undefined, "termux/README.md has a block that installs and one that removes");
  return found;
}

function openPhone(root: FakeRoot): Phone {
  const shown = (): Notification | undefined =>
    Object.values(root.notifications()).find(({ title }) => title?.includes(PROFILE));
  return {
    root,
    async type(lines) {
      // The one thing that a shell of Termux has and a jail has not: a program may begin with #!/usr/bin/env.
      const script = `alias agent-auth='node "$PREFIX/bin/agent-auth"'\nset -e\n${lines}`;
      const end = await root.run(["sh", "-c", script]);
      assert.equal(end.code, 0, `${lines}\n${describeEnd(end)}`);
      return end.stdout;
    },
    setExpiry(hours) {
      const path = join(root.outside(root.home), ".openclaw/agents/main/agent/auth-profiles.json");
      // In place, so that it stays the file of its owner.
      writeFileSync(path, JSON.stringify({ version: 1, profiles: { [PROFILE]: token(inHours(hours)) } }));
    },
    shown: async (withinMs = 60_000) => waitFor("a notification", shown, withinMs),
    async blank(withinMs = 60_000) {
      const isBlank = (): true | null => (Object.keys(root.notifications()).length === 0 ? true : null);
      await waitFor("the notifications to go", isBlank, withinMs);
    },
  };
}

/** npm keeps caches and logs, whatever it does. */
export function listWithoutNpm(root: FakeRoot): readonly string[] {
  const own = [`${root.home}/.npm/`, `${root.prefix}/tmp/node-compile-cache/`];
  return root.list().filter((line) => !own.some((path) => line.includes(path)));
}

export function describeEnd({ code, stdout, stderr }: Finished): string {
  return `exit ${code}\nstdout: ${stdout}\nstderr: ${stderr}`;
}
