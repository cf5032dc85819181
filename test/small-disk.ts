import { createDisk, type Disk } from "../scripts/chaos/disk.ts";

/**
 * A disk that can really be full, or null where none can be mounted: then the test is left out, and a line says so.
 * Where CI is set nothing is left out: throws instead. `limits` are options of a tmpfs.
 */
export function requireSmallDisk(limits?: string): Disk | null {
  const disk = createDisk(limits);
  if (disk.kind === "tmpfs") return disk;
  disk.remove();
  if (process.env["CI"] !== undefined) throw new Error("no disk can be mounted, and these tests need one; run as root");
  process.stderr.write("left out: tests with a full disk, because none can be mounted here\n");
  return null;
}
