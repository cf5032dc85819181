import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { listConfigPaths } from "../config/load.ts";
import { UnavailableError, UsageError } from "../errors.ts";
import { errorCode, lookAt } from "../files.ts";
import { clean } from "../format/terminal.ts";
import { findStateDirAround } from "../state-dir.ts";
import { writeAtomically } from "../storage.ts";
import type { RunCommand } from "./command.ts";
import { openConfig } from "./open-config.ts";

/** `agent-auth config check`: exits 78 with every mistake named, else says which file is valid, and warns of what will not work here. */
export const runConfigCheck: RunCommand = async (options, { env, cacheDirectory, write, stderr, now }) => {
  const { config, path, warning } = await openConfig(options, { env, cacheDirectory });
  const { listConfigFaults } = await import("./config-faults.ts");
  for (const text of [...(warning === null ? [] : [warning]), ...listConfigFaults(config, env)]) {
    stderr.write(`agent-auth: ${clean(text)}\n`);
  }
  const searched = listConfigPaths(env).map(clean).join(", ");
  write(path === null ? `no config file, the defaults hold; looked for ${searched}\n` : `${clean(path)}: valid\n`);
  const { configFile } = config.web;
  if (configFile === null) return 0;
  const { loadWebConfig } = await import("../config/web-file.ts");
  const { notes } = loadWebConfig(configFile, now());
  write(`${clean(configFile)}: valid\n${notes.map((note) => `  ${clean(note)}\n`).join("")}`);
  return 0;
};

/** `agent-auth config print`: the config in effect as a file, secrets masked. */
export const runConfigPrint: RunCommand = async (options, { env, cacheDirectory, write }) => {
  const { config, path } = await openConfig(options, { env, cacheDirectory });
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
  const foreign = findStateDirAround(path, [], env);
  if (foreign !== null) {
    throw new UsageError(
      `--config.file: expected a place of our own, got ${path} in ${foreign}, which belongs to an agent; name another`,
    );
  }
  const seen = lookAt(path);
  if (seen.kind === "found" && seen.stats.isDirectory()) {
    throw new UnavailableError(`${path}: expected a file, found a directory; name a file with --config.file`);
  }
  if (seen.kind === "found" && !options.isOn("force")) {
    throw new UsageError(`${path}: expected no file yet, found one; replace it with --force`);
  }
  try {
    // A link stays one: the file may be kept elsewhere.
    writeAtomically(seen.kind === "found" ? realpathSync(path) : path, renderStarterConfig());
  } catch (error) {
    throw new UnavailableError(`${path}: cannot be written (${errorCode(error)}); name another with --config.file`, {
      cause: error,
    });
  }
  write(`${clean(path)} written; validate it with agent-auth config check\n`);
  return 0;
};
