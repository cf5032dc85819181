import { execFile } from "node:child_process";

export interface SupervisorOptions {
  /** `NOTIFY_SOCKET` is set in it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The first message that could not be handed over; later ones are tried and not complained about. */
  readonly onError: (detail: string) => void;
}

/** What waits for our messages: systemd, or whatever else set `NOTIFY_SOCKET`. Sending never throws and never waits long. */
export interface Supervisor {
  /**
   * A check has ended: the first one makes the service ready, and each feeds the watchdog for so many milliseconds, or
   * for ever with null. `status` is one line for `systemctl status`.
   */
  checked(status: string, overdueMs: number | null): void;
  /** Says that a reload goes on until `act` settles, and settles as it does. */
  whileReloading(act: () => Promise<void>): Promise<void>;
  /** Resolves when it was told that we stop; nothing is told after that. */
  stopping(): Promise<void>;
}

const DEADLINE_MS = 5_000;

/**
 * The protocol of sd_notify(3). Node has no datagram sockets of the kind that it takes, so each message is a run of
 * systemd-notify(1), one after the other; a unit has to say `NotifyAccess=all`. The watchdog is systemd's `WATCHDOG_USEC`.
 */
export function connectSupervisor({ env, onError }: SupervisorOptions): Supervisor {
  let sent: Promise<void> = Promise.resolve();
  let isReady = false;
  let isStopping = false;
  let hasComplained = false;
  let lastStatus: string | null = null;
  let fedUntilMs = Number.POSITIVE_INFINITY;

  const tell = (assignments: readonly string[]): void => {
    if (isStopping) return;
    sent = sent.then(async () => {
      const fault = await send(assignments, env);
      if (fault === null || hasComplained) return;
      hasComplained = true;
      onError(fault);
    });
  };
  const feed = (): void => {
    if (isReady && performance.now() <= fedUntilMs) tell(["WATCHDOG=1"]);
  };
  const everyMs = readFeedingMs(env);
  const feeding = everyMs === null ? null : setInterval(feed, everyMs).unref();

  return {
    checked(status, overdueMs) {
      // Not the time of day: that jumps when a clock is set, and a machine that slept has missed nothing yet.
      fedUntilMs = overdueMs === null ? Number.POSITIVE_INFINITY : performance.now() + overdueMs;
      const news = status === lastStatus ? [] : [`STATUS=${status}`];
      lastStatus = status;
      const assignments = isReady ? news : ["READY=1", ...news];
      isReady = true;
      if (assignments.length > 0) tell(assignments);
    },
    async whileReloading(act) {
      if (!isReady) return act();
      tell(["RELOADING=1", `MONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`]);
      try {
        await act();
        tell(["READY=1"]);
      } catch (error) {
        lastStatus = null;
        tell(["READY=1", "STATUS=a config cannot be used; the one before stays in force"]);
        throw error;
      }
    },
    async stopping() {
      if (feeding !== null) clearInterval(feeding);
      tell(["STOPPING=1", "STATUS=stopping"]);
      isStopping = true;
      await sent;
    },
  };
}

/** Half of what the watchdog allows, as sd_watchdog_enabled(3) advises; null when there is none, or it is not for us. */
function readFeedingMs({ WATCHDOG_USEC: limit, WATCHDOG_PID: pid }: SupervisorOptions["env"]): number | null {
  const limitMs = Number(limit) / 1_000;
  if (!Number.isFinite(limitMs) || limitMs <= 0) return null;
  if (pid !== undefined && Number(pid) !== process.pid) return null;
  return Math.max(1, Math.min(limitMs / 2, 2 ** 31 - 1));
}

/** Null when it was taken, otherwise what went wrong. */
async function send(assignments: readonly string[], { NOTIFY_SOCKET, PATH }: SupervisorOptions["env"]) {
  return new Promise<string | null>((resolve) => {
    const options = { env: { NOTIFY_SOCKET, PATH }, timeout: DEADLINE_MS, killSignal: "SIGKILL" } as const;
    execFile("systemd-notify", [...assignments], options, (error) => {
      resolve(error === null ? null : `systemd-notify failed (${error.code ?? error.signal ?? "unknown error"})`);
    });
  });
}
