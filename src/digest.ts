import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { errorCode, lookAt } from "./files.ts";
import { makeDirectory } from "./make-directory.ts";
import { pause } from "./pause.ts";
import { writeAtomically, writeNew } from "./storage.ts";

const KEY_NAME = "digest.key";
const KEY_BYTES = 32;
const DIGEST_BYTES = 8;

/**
 * A function that gives 16 hex digits of the HMAC-SHA256 of a secret, to recognise the same secret elsewhere on this
 * host. Its key is made once, in `digest.key` of the storage directory (0600), upon the first digest; where that cannot
 * be written or read, a random key serves this process alone. Computed without `node:crypto`: loading that takes a
 * sixth of what Node's own start does, and a handful of digests takes next to nothing.
 */
export function createDigest(storagePath: string): (secret: string) => string {
  let keyed: ReturnType<typeof hmac.create> | null = null;
  return (secret) => {
    keyed ??= hmac.create(sha256, loadKey(join(storagePath, KEY_NAME)));
    const digest = keyed.clone().update(Buffer.from(secret)).digest();
    return Buffer.from(digest.buffer, digest.byteOffset, DIGEST_BYTES).toString("hex");
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
  try {
    return readKey(path) ?? createKey(path, newKey());
  } catch {
    return newKey();
  }
}

function newKey(): Uint8Array {
  return process.getBuiltinModule("node:crypto").randomBytes(KEY_BYTES);
}

function createKey(path: string, fresh: Uint8Array): Uint8Array {
  makeDirectory(dirname(path));
  try {
    // Exclusive creation, not link or rename: Android forbids hard links, and a rename would replace another's key.
    writeNew(path, fresh, 0o600);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
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
      if (errorCode(error) === "ENOENT") return null;
      throw error;
    }
    pause(5);
  }
  return null;
}
