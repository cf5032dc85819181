import type { Environment } from "./homes.ts";

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 1024 * 1024;

/** Where macOS keeps the logins that other systems keep in a file. */
const ITEMS: Readonly<Record<string, (loginDir: string) => readonly string[]>> = {
  "claude-code": () => ["-s", "Claude Code-credentials"],
  codex: (loginDir) => ["-s", "Codex Auth", "-a", `cli|${shortHash(loginDir)}`],
};

export type KeychainAnswer =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "absent" }
  /** There may be an item, but the user or the system said no, or nobody answered. */
  | { readonly kind: "refused" };

/** What `security` exits with when there is no such item. */
const NOT_FOUND = 44;

/**
 * The text of a login's Keychain item. May show the user a prompt, and waits for the answer for at most five seconds.
 * `loginDir` is the directory the login's file would be in.
 */
export function readKeychain(login: string, loginDir: string, env: Environment): KeychainAnswer {
  const item = ITEMS[login]?.(loginDir);
  if (item === undefined) return { kind: "absent" };
  // Loaded when used: starting programs brings much of Node's network code along.
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const { status, stdout, error } = spawnSync("security", ["find-generic-password", ...item, "-w"], {
    encoding: "utf8",
    env: { PATH: env["PATH"], HOME: env["HOME"] },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_BYTES,
  });
  if (status === 0 && stdout.trim() !== "") return { kind: "text", text: stdout.trim() };
  const isMissing = error !== undefined && "code" in error && error.code === "ENOENT";
  return { kind: status === 0 || status === NOT_FOUND || isMissing ? "absent" : "refused" };
}

/** As Codex names its item: the first 16 hex digits of the SHA-256 of its directory. */
function shortHash(text: string): string {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("hex").slice(0, 16);
}
