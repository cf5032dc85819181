import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** A directory whose disk can be full for a process. */
export interface Disk {
  readonly path: string;
  readonly kind: string;
  fill(pid: number): void;
  free(pid: number): void;
  remove(): void;
}

/**
 * A small disk of its own where we may mount one, else a limit on the size of the files that a process may write.
 * `limits` are options of a tmpfs.
 */
export function createDisk(limits = "size=4m"): Disk {
  const path = mkdtempSync(join(tmpdir(), "agent-auth-chaos-disk-"));
  const isMounted = spawnSync("mount", ["-t", "tmpfs", "-o", limits, "tmpfs", path], { stdio: "ignore" }).status === 0;
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  if (!isMounted) {
    const limit = (pid: number, size: string): void => {
      execFileSync("prlimit", [`--pid=${pid}`, `--fsize=${size}:unlimited`]);
    };
    return {
      path,
      kind: "file size limit",
      fill: (pid) => limit(pid, "1"),
      free: (pid) => limit(pid, "unlimited"),
      remove,
    };
  }
  const filler = join(path, "filler");
  return {
    path,
    kind: "tmpfs",
    fill() {
      const { bavail, bsize } = statfsSync(path);
      appendFileSync(filler, Buffer.alloc(bavail * bsize));
    },
    free: () => rmSync(filler),
    remove() {
      execFileSync("umount", [path], { stdio: ["ignore", "ignore", process.stderr] });
      remove();
    },
  };
}
