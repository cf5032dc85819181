import type { Logger } from "pino";
import { summariseSnapshot } from "../format/summary.ts";
import type { Snapshot } from "../snapshot.ts";
import type { Supervisor } from "../systemd-notify.ts";
import { OVERDUE_RUNS } from "../worker.ts";
import type { CommandContext } from "./command.ts";

/** Null where no service supervisor listens; nothing is loaded then. */
export async function openSupervisor(env: CommandContext["env"], log: Logger): Promise<Supervisor | null> {
  if (!env["NOTIFY_SOCKET"]) return null;
  const { connectSupervisor } = await import("../systemd-notify.ts");
  return connectSupervisor({ env, onError: (detail) => log.warn({ detail }, "systemd is not told how we do") });
}

/** A check has ended, well or not: `snapshot` is the last one that did, null before there is any. */
export function tellOfCheck(
  supervisor: Supervisor,
  snapshot: Snapshot | null,
  { nextRuns, now }: { readonly nextRuns: (count: number) => readonly Date[]; readonly now: Date },
): void {
  const overdueAt = nextRuns(OVERDUE_RUNS)[OVERDUE_RUNS - 1];
  const status = snapshot === null ? "no check has succeeded yet" : summariseSnapshot(snapshot);
  supervisor.checked(status, overdueAt === undefined ? null : overdueAt.getTime() - now.getTime());
}
