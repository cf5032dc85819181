import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { ConfigError } from "./errors.ts";
import { makeDirectory } from "./make-directory.ts";
import { ownHome } from "./own-home.ts";
import { redactSecrets } from "./redact.ts";
import type { Shard } from "./shard.ts";
import { findStateDirAround } from "./state-dir.ts";

const DIRECTORY_NAME = "agent-auth-exporter";

export interface StorageLocation {
  /** `--storage.path` or the config's `storage.path`; null when neither is given. */
  readonly path: string | null;
  /** State directories with names of their own: `discovery.stateDirs`. */
  readonly stateDirs: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Each shard keeps its own: what one does not see is not over. */
  readonly shard?: Shard | null;
}

/**
 * Where our own state lives: the path that was asked for, else systemd's `$STATE_DIRECTORY`, else
 * `$XDG_STATE_HOME/agent-auth-exporter`, else the same under `~/.local/state`. Nothing is created. Throws a ConfigError
 * for a place inside an agent's state directory, where nothing of ours may be.
 */
export function resolveStoragePath({ path, stateDirs, env, shard = null }: StorageLocation): string {
  const base = chooseStoragePath(path, env);
  const found = shard === null ? base : join(base, `shard-${shard.index}-of-${shard.count}`);
  const foreign = findStateDirAround(found, stateDirs, env);
  if (foreign === null) return found;
  const expected = "storage.path: expected a directory of our own, outside of every agent's state directory";
  throw new ConfigError(redactSecrets(`${expected}, got ${found} in ${foreign}; name another with --storage.path`));
}

/** As `resolveStoragePath`, whoever the place belongs to. */
export function chooseStoragePath(path: string | null, env: StorageLocation["env"]): string {
  if (path !== null) return resolve(path);
  // A unit with several `StateDirectory=` entries gets all of them, separated by colons.
  const fromSystemd = env["STATE_DIRECTORY"]?.split(":")[0];
  if (fromSystemd) return resolve(fromSystemd);
  const xdg = env["XDG_STATE_HOME"];
  // The XDG specification says to ignore a relative path.
  const base = xdg && isAbsolute(xdg) ? xdg : join(ownHome(env), ".local", "state");
  return join(base, DIRECTORY_NAME);
}

/**
 * Replaces a file so that a reader sees the old content or the new, never a part, also after a power cut. Creates the
 * directory (0700) when it is missing; throws the file system's error otherwise.
 */
export function writeAtomically(path: string, content: string | Uint8Array, mode = 0o600): void {
  makeDirectory(dirname(path));
  const temporary = `${path}.${process.pid}-${process.hrtime.bigint().toString(36)}.tmp`;
  try {
    writeNew(temporary, content, mode);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Writes a file that must not be there yet, down to the disk. Throws `EEXIST`, and the file system's other errors. */
export function writeNew(path: string, content: string | Uint8Array, mode: number): void {
  const file = openSync(path, "wx", mode);
  try {
    // The umask of a service would close to others what is meant for them.
    fchmodSync(file, mode);
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
