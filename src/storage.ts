import type { KeyObject } from "node:crypto";
import { closeSync, fchmodSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { ConfigError } from "./errors.ts";
import { lookAt } from "./files.ts";
import { makeDirectory } from "./make-directory.ts";
import { ownHome } from "./own-home.ts";
import { pause } from "./pause.ts";
import { redactSecrets } from "./redact.ts";
import type { Shard } from "./shard.ts";
import { findStateDirAround } from "./state-dir.ts";

const DIRECTORY_NAME = "agent-auth-exporter";
const KEY_NAME = "digest.key";
const KEY_BYTES = 32;
const DIGEST_HEX_DIGITS = 16;

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

/**
 * A function that gives 16 hex digits of the HMAC-SHA256 of a secret, to recognise the same secret elsewhere on this
 * host. Its key is made once, in `digest.key` of the storage directory (0600), upon the first digest; where that cannot
 * be written or read, a random key serves this process alone.
 */
export function createDigest(storagePath: string): (secret: string) => string {
  let key: KeyObject | null = null;
  return (secret) => {
    // Loaded at the first secret: a host without stores never pays for it.
    const { createHmac, createSecretKey } = process.getBuiltinModule("node:crypto");
    // Bare bytes are made into such an object again for each digest, which takes five times as long as the digest.
    key ??= createSecretKey(loadKey(join(storagePath, KEY_NAME)));
    return createHmac("sha256", key).update(secret).digest("hex").slice(0, DIGEST_HEX_DIGITS);
  };
}

/** What is wrong with the key that `createDigest` kept, in one sentence; null when it is in order or not made yet. */
export function findDigestKeyFault(storagePath: string): string | null {
  const path = join(storagePath, KEY_NAME);
  const look = lookAt(path);
  if (look.kind === "absent") return null;
  const remedy = "remove it: until then the same secret is not recognised after a restart";
  if (look.kind === "failed") return `${look.problem.message}; ${remedy}`;
  const { stats } = look;
  return stats.isFile() && stats.size === KEY_BYTES ? null : `${path} is not the 32 bytes that we write; ${remedy}`;
}

function loadKey(path: string): Uint8Array {
  const fresh = process.getBuiltinModule("node:crypto").randomBytes(KEY_BYTES);
  try {
    return readKey(path) ?? createKey(path, fresh);
  } catch {
    return fresh;
  }
}

function createKey(path: string, fresh: Uint8Array): Uint8Array {
  makeDirectory(dirname(path));
  try {
    // Exclusive creation, not link or rename: Android forbids hard links, and a rename would replace another's key.
    writeNew(path, fresh, 0o600);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
  const found = readKey(path);
  if (found !== null) return found;
  // Cut short by a crash: nobody can have used it.
  writeAtomically(path, fresh);
  return readKey(path) ?? fresh;
}

/** Null when there is no key, or none of the right length after waiting for another process to finish writing it. */
function readKey(path: string): Uint8Array | null {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      const key = readFileSync(path);
      if (key.length === KEY_BYTES) return key;
    } catch (error) {
      if (hasCode(error, "ENOENT")) return null;
      throw error;
    }
    pause(5);
  }
  return null;
}

function writeNew(path: string, content: string | Uint8Array, mode: number): void {
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

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
