import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { writeDemoHome } from "../demo/home.ts";
import { UsageError } from "../errors.ts";
import type { RunCommand } from "./command.ts";

/** `agent-auth demo`: writes a sample home, serves it, and removes it at the end. */
export const runDemoCommand: RunCommand = async (options, context) => {
  const asked = options.path("dir");
  const directory = asked === null ? mkdtempSync(join(tmpdir(), "agent-auth-demo-")) : claimDirectory(asked);
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    writeDemoHome(directory, context.now());
    context.stderr.write(`agent-auth: demo home written to ${directory}; it is removed at the end\n`);
    const { runServeCommand } = await import("./serve.ts");
    const demo = { home: [directory], demo: true, "storage.path": join(directory, ".agent-auth-exporter") };
    // Of the real environment nothing may show: neither installations that it names nor keys that it holds.
    return await runServeCommand(options.with(demo), { ...context, env: { HOME: directory } });
  } finally {
    remove();
    process.off("exit", remove);
  }
};

/** What is removed at the end must not hold anything of anybody else's. */
function claimDirectory(path: string): string {
  const directory = resolve(path);
  let names: readonly string[] = [];
  try {
    names = readdirSync(directory);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
      throw new UsageError(`--dir: expected an empty or missing directory, cannot read ${directory}`, { cause: error });
    }
  }
  if (names.length === 0) return directory;
  throw new UsageError(`--dir: expected an empty or missing directory, found ${names.length} entries in ${directory}`);
}
