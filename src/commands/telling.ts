import type { AlertFigures } from "../alert-figures.ts";
import type { Config } from "../config/config.ts";
import type { Heartbeat } from "../heartbeat.ts";
import type { Snapshot } from "../snapshot.ts";
import { type AlertsOptions, openAlerts } from "./open-alerts.ts";
import { openHeartbeat } from "./open-heartbeat.ts";

export interface TellingOptions extends Omit<AlertsOptions, "lifetime"> {
  /** Nobody is told of what is not real. */
  readonly isDemo: boolean;
}

/** Everything by which a running worker reaches somebody else: alerts and heartbeat. */
export interface Telling {
  /** The one of the config in force. */
  heartbeat(): Heartbeat | null;
  heartbeatFailures(): number | null;
  figures(): AlertFigures | null;
  handle(snapshot: Snapshot): void;
  reconfigure(config: Config): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

export function openTelling(config: Config, { isDemo, ...options }: TellingOptions): Telling {
  const { log, env } = options;
  const inForce = (given: Config): Config => (isDemo ? { ...given, channels: [], heartbeat: null } : given);
  let failures = 0;
  const countFailure = (detail: string): void => {
    failures += 1;
    log.warn({ detail }, "the heartbeat was not heard");
  };
  const alerts = openAlerts(inForce(config), { ...options, lifetime: "lasting" });
  let heartbeat = openHeartbeat(inForce(config), env, countFailure);
  return {
    heartbeat: () => heartbeat,
    heartbeatFailures: () => (heartbeat === null ? null : failures),
    figures: () => alerts.figures(),
    handle: (snapshot) => alerts.handle(snapshot),
    async reconfigure(changed) {
      heartbeat = openHeartbeat(inForce(changed), env, countFailure);
      await alerts.reconfigure(inForce(changed));
    },
    stop: (graceMs) => alerts.stop(graceMs),
  };
}
