import type { AlertLog } from "../alerts/notifier.ts";
import type { Config } from "../config/config.ts";
import { cleanText } from "../log.ts";
import { MaskedText } from "../masked-text.ts";
import type { Snapshot } from "../snapshot.ts";
import type { CommandContext } from "./command.ts";
import { describeUntold } from "./config-gap.ts";
import { openAlerts } from "./open-alerts.ts";
import { openHeartbeat } from "./open-heartbeat.ts";

/** Whoever starts us from a timer does not wait for ever; what did not leave does so with the next run. */
const DEADLINE_MS = 60_000;

/** Telling what one check found, for a process that ends after it. */
export interface OneTelling {
  /**
   * Runs the check, tells the channels of it, then the heartbeat, and resolves when everything left or failed. Rejects
   * as the check does; failures to tell are printed.
   */
  around(check: () => Promise<Snapshot>): Promise<Snapshot>;
}

/** Alerts and heartbeat of a config for `check --notify`; nobody waits for others to join a message. */
export function openOnce(config: Config, configPath: string | null, context: CommandContext): OneTelling {
  const { env, now } = context;
  const print = (fields: object, message: string): void => {
    context.stderr.write(`agent-auth: ${[cleanText(message), ...describe(fields)].join("; ")}\n`);
  };
  const heartbeat = openHeartbeat(config, env, (detail) => print({ detail }, "the heartbeat was not heard"));
  const tell = async (snapshot: Snapshot): Promise<void> => {
    const untold = describeUntold(config);
    if (untold !== null) print({}, `--notify: ${untold}`);
    const log: AlertLog = { info: () => undefined, warn: print, error: print };
    const atOnce = { ...config, alerts: { ...config.alerts, groupWaitMs: 0 } };
    const onChange = (): void => undefined;
    const alerts = openAlerts(atOnce, { env, log, now, lifetime: "one_run", onChange, configPath });
    alerts.handle(snapshot);
    await alerts.flush(DEADLINE_MS);
    await alerts.stop(0);
  };
  return {
    async around(check) {
      await (await import("./config-mistake.ts")).showConfigGap({ config, path: configPath }, context);
      const startedAt = process.hrtime.bigint();
      heartbeat?.start();
      let isSuccess = false;
      try {
        const snapshot = await check();
        await tell(snapshot);
        isSuccess = true;
        return snapshot;
      } finally {
        heartbeat?.end(isSuccess, Number(process.hrtime.bigint() - startedAt) / 1e6);
        await heartbeat?.settle();
      }
    },
  };
}

/** What a person needs of the fields of a log line. */
function describe(fields: object): readonly string[] {
  return Object.entries(fields).flatMap(([name, value]: [string, unknown]) => {
    if (value instanceof Error) return [cleanText(value.message)];
    const isText = typeof value === "string" || value instanceof MaskedText;
    return isText && name !== "id" ? [`${name} ${cleanText(value)}`] : [];
  });
}
