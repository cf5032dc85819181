import { join } from "node:path";
import { errorCode, readTextFile } from "../files.ts";
import { ownHome } from "../own-home.ts";
import type { ChannelTools, Delivery } from "./channel.ts";

const MAX_BYTES = 64 * 1024;

/** The secrets among a channel's options: `token`, or what the file named by `tokenFile` holds. */
export interface Secrets {
  /** Null when neither is configured. Throws `SecretError` when the file cannot be read. */
  get(key: string): string | null;
  /** Forgets what was read from files; true when a file that was used holds something else now. */
  refresh(): boolean;
}

/** A secret's file cannot be read. Names the key, never a path or content. */
export class SecretError extends Error {
  override readonly name = "SecretError";
}

/** Reads each file when it is first needed and keeps its text, without surrounding blanks. */
export function openSecrets(options: object, env: ChannelTools["env"]): Secrets {
  const read = new Map<string, string>();
  const written = new Map<string, unknown>(Object.entries(options));
  const readKey = (key: string): string | null => {
    const path = written.get(`${key}File`);
    return typeof path === "string" ? readSecret(`${key}File`, expandHome(path, env)) : null;
  };
  return {
    get(key) {
      const value = written.get(key);
      if (typeof value === "string") return value;
      const known = read.get(key);
      if (known !== undefined) return known;
      const text = readKey(key);
      if (text !== null) read.set(key, text);
      return text;
    },
    refresh() {
      const before = [...read];
      read.clear();
      return before.some(([key, text]) => {
        try {
          return readKey(key) !== text;
        } catch (error) {
          if (error instanceof SecretError) return false;
          throw error;
        }
      });
    },
  };
}

/**
 * One attempt. Files of secrets are read again after a failure, and a refusal is tried once more when one of them
 * changed: a token that was replaced must not cost a message.
 */
export async function sendWith(secrets: Secrets, attempt: () => Promise<Delivery>): Promise<Delivery> {
  const delivery = await tryOnce(attempt);
  if (delivery.kind === "delivered") return delivery;
  return secrets.refresh() && delivery.kind === "refused" ? tryOnce(attempt) : delivery;
}

async function tryOnce(attempt: () => Promise<Delivery>): Promise<Delivery> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof SecretError) return { kind: "retry", detail: error.message, retryAfterMs: null };
    throw error;
  }
}

/** A path of the config with `~` replaced by our home. */
export function expandHome(path: string, env: ChannelTools["env"]): string {
  return path.startsWith("~") ? join(ownHome(env), path.slice(1)) : path;
}

function readSecret(key: string, path: string): string {
  try {
    const reading = readTextFile(path, MAX_BYTES);
    if (reading.kind === "failed") throw unreadable(key, path, reading.problem.reason);
    const text = reading.text.trim();
    if (text === "") throw new SecretError(`\`${key}\` is empty`);
    return text;
  } catch (error) {
    if (error instanceof SecretError) throw error;
    throw unreadable(key, path, errorCode(error));
  }
}

/** Why a file cannot be read, and what helps; systemd shows a credential to the service it is for, and to nobody else. */
export function unreadable(key: string, path: string, reason: string): SecretError {
  const remedies: Readonly<Record<string, string>> = {
    not_found: path.startsWith("/run/credentials/")
      ? "systemd makes it for the service alone, by LoadCredential="
      : "make that file",
    permission_denied: "let the user read it whom this runs as",
    not_regular: "name a file",
  };
  const remedy = remedies[reason];
  return new SecretError(`\`${key}\` cannot be read (${reason})${remedy === undefined ? "" : `; ${remedy}`}`);
}
