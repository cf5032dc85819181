import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { listConfigPaths } from "../config/load.ts";
import { UnavailableError, UsageError } from "../errors.ts";
import { clean } from "../format/terminal.ts";
import type { RunCommand } from "./command.ts";
import { openConfig } from "./open-config.ts";

/** `agent-auth config check`: exits 78 with every mistake named, else says which file is valid. */
export const runConfigCheck: RunCommand = async (options, { env, write }) => {
  const { path } = await openConfig(options, env);
  const searched = listConfigPaths(env).map(clean).join(", ");
  write(path === null ? `no config file, the defaults hold; looked for ${searched}\n` : `${clean(path)}: valid\n`);
  return 0;
};

/** `agent-auth config print`: the config in effect as a file, secrets masked. */
export const runConfigPrint: RunCommand = async (options, { env, write }) => {
  const { config, path } = await openConfig(options, env);
  const { printConfig } = await import("../config/print.ts");
  write(
    `# ${path === null ? "defaults" : clean(path)}, with what the command line says over it\n${printConfig(config)}`,
  );
  return 0;
};

/** `agent-auth config schema`: JSON Schema of the config file, for editors. */
export const runConfigSchema: RunCommand = async (_options, { write }) => {
  const { renderJsonSchema } = await import("../config/json-schema.ts");
  write(renderJsonSchema());
  return 0;
};

/** `agent-auth config init`: writes a starter file (0600) where the config is looked for, or to `--config.file`. */
export const runConfigInit: RunCommand = async (options, { env, write }) => {
  const { renderStarterConfig } = await import("../config/init.ts");
  const path = resolve(options.path("config.file") ?? listConfigPaths(env)[0] ?? "config.yaml");
  try {
    if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, renderStarterConfig(), { mode: 0o600, flag: options.isOn("force") ? "w" : "wx" });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    if (code === "EEXIST") {
      throw new UsageError(`${path}: expected no file yet, found one; replace it with --force`, { cause: error });
    }
    throw new UnavailableError(`${path}: cannot be written (${code}); name another with --config.file`, {
      cause: error,
    });
  }
  write(`${clean(path)} written; validate it with agent-auth config check\n`);
  return 0;
};
