import { randomUUID } from "node:crypto";
import { attempt } from "../alerts/attempt.ts";
import { SEVERITIES, type Severity } from "../alerts/condition.ts";
import type { Notification } from "../alerts/notification.ts";
import { renderMessage } from "../alerts/render.ts";
import { openChannels } from "../channels/open.ts";
import { createChannelTools } from "../channels/tools.ts";
import { UsageError } from "../errors.ts";
import type { Config } from "../config/config.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { openHeartbeat } from "./open-heartbeat.ts";
import { selectChannels } from "./alert-state.ts";
import { openConfig } from "./open-config.ts";
import { makeSampleCondition } from "./sample-condition.ts";

const DEADLINE_MS = 35_000;

/** `agent-auth notify test`: sends a sample through channels and prints what they answer; exits 1 when one did not take it. */
export const runNotifyTest: RunCommand = async (options, { env, cacheDirectory, now, write }) => {
  const { config } = await openConfig(options, { env, cacheDirectory });
  const named = options.text("channel");
  if (named === "heartbeat" && !config.channels.some(({ policy }) => policy.name === named)) {
    return testHeartbeat(config, { env, write });
  }
  const chosen = selectChannels(config, named === null ? [] : [named]);
  if (chosen.length === 0) throw new UsageError("expected a channel in the config, found none; add one to `channels`");
  const severity = SEVERITIES.find((word) => word === options.text("severity")) ?? "critical";
  const { alerts } = config;
  const tools = createChannelTools(env, alerts.externalUrl);
  const opened = await openChannels({ channels: chosen, tools, emails: alerts.emails });
  let hasFailed = false;
  for (const { policy, channel } of opened) {
    const firing = makeSample(policy.name, severity, now());
    for (const notification of options.isOn("resolved") ? [firing, endOf(firing, now())] : [firing]) {
      const delivery = await attempt({
        channel,
        notification,
        render: (given, at) => renderMessage(given, alerts, at),
        now: now(),
        deadlineMs: DEADLINE_MS,
        stop: new AbortController().signal,
      });
      const what = notification === firing ? "" : "its end ";
      write(`${policy.name}: ${what}${OUTCOME[delivery.kind]}: ${delivery.detail}\n`);
      if (delivery.kind !== "delivered" || delivery.isPartial === true) hasFailed = true;
    }
    await channel.close();
  }
  return hasFailed ? 1 : 0;
};

/** Pings as a check that went well would. */
async function testHeartbeat(config: Config, { env, write }: Pick<CommandContext, "env" | "write">): Promise<number> {
  const failures: string[] = [];
  const heartbeat = openHeartbeat(config, env, (detail) => failures.push(detail));
  if (heartbeat === null) throw new UsageError("expected a heartbeat in the config, found none; add `heartbeat`");
  heartbeat.start();
  await heartbeat.settle();
  heartbeat.end(true, 0);
  await heartbeat.settle();
  write(failures.length === 0 ? "heartbeat: heard\n" : `heartbeat: not heard: ${[...new Set(failures)].join("; ")}\n`);
  return failures.length === 0 ? 0 : 1;
}

function endOf({ items, ...firing }: Notification, now: Date): Notification {
  return {
    ...firing,
    id: `${firing.id}-end`,
    status: "resolved",
    createdAt: now,
    items: items.map((item) => ({ ...item, endsAt: now })),
  };
}

const OUTCOME = {
  delivered: "delivered",
  retry: "not delivered, serve would try again",
  refused: "refused, serve would give up",
} as const;

function makeSample(channel: string, severity: Severity, now: Date): Notification {
  return {
    id: `test-${randomUUID()}`,
    channel,
    createdAt: now,
    status: "firing",
    severity,
    items: [
      {
        because: "test",
        startsAt: now,
        endsAt: null,
        condition: makeSampleCondition(severity, now),
      },
    ],
  };
}
