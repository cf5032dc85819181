import { readFileSync } from "node:fs";
import { uptime } from "node:os";

/** The boot that a machine is in: by its id, or where that is kept from us, by how long it has been up. */
export type BootNow = { readonly id: string } | { readonly uptimeMs: number };

/** The last boot that a decision knew of. */
export interface Boot {
  /** Null where the machine tells nobody. */
  readonly id: string | null;
  /** At the last decision; null where the id suffices. */
  readonly uptimeMs: number | null;
  /** When a decision first knew of it: what a screen showed before is gone. */
  readonly noticedAt: Date;
}

/** New with each boot; https://docs.kernel.org/admin-guide/sysctl/kernel.html#random */
const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** Some Androids keep the file from apps; the time since boot, sleep included, is kept from nobody. */
export function readBoot(): BootNow {
  try {
    return { id: readFileSync(BOOT_ID, "latin1").trim() };
  } catch {
    return { uptimeMs: Math.round(uptime() * 1_000) };
  }
}

/**
 * What is known of the boot that a machine is in, by what was known of the last; the same object when nothing is new.
 * An instant ahead was written before the clock was set back.
 */
export function followBoot(known: Boot | null, found: BootNow, now: Date): Boot {
  const [id, uptimeMs] = "id" in found ? [found.id, null] : [null, found.uptimeMs];
  if (known === null || isOther(known, { id, uptimeMs })) return { id, uptimeMs, noticedAt: now };
  const noticedAt = known.noticedAt > now ? now : known.noticedAt;
  const isSame = known.id === id && known.uptimeMs === uptimeMs && known.noticedAt === noticedAt;
  return isSame ? known : { id, uptimeMs, noticedAt };
}

/** One that was told by its id and is not any more, or the other way round, may well be the same. */
function isOther(known: Boot, { id, uptimeMs }: Omit<Boot, "noticedAt">): boolean {
  if (known.id !== null && id !== null) return known.id !== id;
  return known.uptimeMs !== null && uptimeMs !== null && uptimeMs < known.uptimeMs;
}
