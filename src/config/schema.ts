import * as z from "zod";
import { durationValue, pathValue, shardValue } from "../config-values.ts";
import { renderDuration } from "../duration.ts";
import type { Policy } from "../policy.ts";
import { alertsSchema } from "./alerts-schema.ts";
import { channelsSchema } from "./channels-schema.ts";
import { type Config, DEFAULT_CONFIG, EMAIL_LABELS, LOG_FORMATS, LOG_LEVELS } from "./config.ts";
import { heartbeatSchema } from "./heartbeat-schema.ts";
import { pushSchema, textfileSchema } from "./push-schema.ts";
import { remotesSchema } from "./remotes-schema.ts";
import { timezoneValue } from "./timezone-value.ts";
import { webSection } from "./web-section.ts";

/*
 * The one description of the config file: validation, JSON Schema, reference page and starter file are made of it.
 * - `title` is the kind of value as an error and the reference name it: "expected a <title>".
 * - `writeOnly: true` marks a secret: it is never printed and never quoted.
 * - Everything here can be encoded back, so that the effective config can be printed as a file.
 */

const SECOND = 1_000;
const path = pathValue;
const { discovery, policy, labels, metrics, storage, log } = DEFAULT_CONFIG;

const discoverySchema = z
  .strictObject({
    homes: z
      .array(path)
      .default([...discovery.homes])
      .meta({
        title: "list of absolute paths",
        description: "Home directories to search; globs are allowed. Empty means the home of the user who runs it.",
        examples: [["/home/*", "/root"]],
      }),
    stateDirs: z
      .array(path)
      .default([...discovery.stateDirs])
      .meta({
        title: "list of absolute paths",
        description: "State directories with a name of their own, searched besides the homes.",
        examples: [["/srv/agents/openclaw"]],
      }),
    logins: z.boolean().default(discovery.logins).meta({
      description: "Also read the login files of Claude Code, Codex, Gemini, Qwen and MiniMax in each home.",
    }),
    keychain: z.boolean().default(discovery.keychain).meta({
      description: "macOS: also read the Claude Code and Codex logins from the Keychain, which can ask for permission.",
    }),
    local: z.boolean().default(discovery.local).meta({
      description: "Look at this host. Switched off, only `remotes` are watched.",
    }),
    shard: shardValue,
  })
  .meta({ description: "Where to look for installations." });

const policyKeys = z
  .strictObject({
    warnWithin: durationValue(SECOND)
      .prefault(renderDuration(policy.warnWithinMs))
      .meta({
        title: "duration",
        description: "A credential that ends within this time is `expiring`. The default is OpenClaw's own window.",
        examples: ["48h"],
      }),
    criticalWithin: durationValue(0)
      .optional()
      .meta({
        title: "duration",
        description:
          "Within this time of its end, a credential that nothing can replace is critical. At most `warnWithin`, which also caps the default.",
        default: renderDuration(policy.criticalWithinMs),
        examples: ["2h"],
      }),
    refreshGrace: durationValue(0)
      .prefault(renderDuration(policy.refreshGraceMs))
      .meta({
        title: "duration",
        description: "How long an OAuth login may be used past its end before its refresh counts as failing.",
        examples: ["30m"],
      }),
    cooldownGrace: durationValue(0)
      .prefault(renderDuration(policy.cooldownGraceMs))
      .meta({
        title: "duration",
        description: "How long cooldowns may be renewed one after the other before that is a warning.",
        examples: ["1h"],
      }),
    staticTokenLifetime: durationValue(SECOND)
      .nullable()
      .default(policy.staticTokenLifetimeMs)
      .meta({
        title: "duration or null",
        description:
          "How long a token without a recorded end is assumed to live since it was first seen; it warns `warnWithin` before that. Null is off.",
        default: policy.staticTokenLifetimeMs,
        examples: ["365d"],
      }),
    staleAfter: durationValue(SECOND)
      .prefault(renderDuration(policy.staleAfterMs))
      .meta({
        title: "duration",
        description: "How long a store may stay unreadable before that is critical.",
        examples: ["30m"],
      }),
  })
  .refine(({ warnWithin, criticalWithin }) => criticalWithin === undefined || criticalWithin <= warnWithin, {
    path: ["criticalWithin"],
    error: ({ input }) => {
      const given = input as { warnWithin: number };
      return `write at most \`policy.warnWithin\`, which is ${renderDuration(given.warnWithin)}`;
    },
  });

const policySchema = z
  .codec(policyKeys, z.custom<Policy>(), {
    decode: (keys) => ({
      warnWithinMs: keys.warnWithin,
      criticalWithinMs: keys.criticalWithin ?? Math.min(policy.criticalWithinMs, keys.warnWithin),
      refreshGraceMs: keys.refreshGrace,
      cooldownGraceMs: keys.cooldownGrace,
      staticTokenLifetimeMs: keys.staticTokenLifetime,
      staleAfterMs: keys.staleAfter,
    }),
    encode: (decided) => ({
      warnWithin: decided.warnWithinMs,
      criticalWithin: decided.criticalWithinMs,
      refreshGrace: decided.refreshGraceMs,
      cooldownGrace: decided.cooldownGraceMs,
      staticTokenLifetime: decided.staticTokenLifetimeMs,
      staleAfter: decided.staleAfterMs,
    }),
  })
  .meta({ description: "When something deserves attention." });

const timezoneSchema = timezoneValue.default(DEFAULT_CONFIG.timezone).meta({
  title: 'IANA time zone or "local"',
  description:
    "The time zone in which the schedule is meant, and times of day and dates in messages unless they have one of their own; `local` is that of this system.",
  examples: ["Europe/Berlin"],
});

const metricsSchema = z
  .strictObject({
    maxSeries: z
      .int()
      .min(1_000)
      .max(10_000_000)
      .default(metrics.maxSeries)
      .meta({
        title: "whole number from 1000 to 10000000",
        description:
          "The most series that are exposed, besides those of the exporter itself; beyond that whole profiles are left out, then providers, stores and agents, the worst of all last, and counted in `agent_auth_series_dropped_total`. A profile makes about 13 and an agent with three providers about 45, so the default is enough for 10,000 profiles of 2,000 agents.",
        examples: [20_000],
      }),
    runtime: z
      .boolean()
      .default(metrics.runtime)
      .meta({ description: "Also expose the metrics of the exporter's own process (`process_*`, `nodejs_*`)." }),
  })
  .meta({ description: "What is exposed." });

const configKeys = z.strictObject({
  // The scheduler judges it after this schema has: loading it takes time that only a schedule somebody wrote is worth.
  schedule: z
    .string()
    .default(DEFAULT_CONFIG.schedule)
    .meta({
      title: "cron expression",
      description:
        "When `serve` checks everything: minute, hour, day, month, weekday; a sixth field in front is seconds.",
      examples: ["*/10 * * * *", "@hourly"],
    }),
  timezone: timezoneSchema,
  watch: z
    .boolean()
    .default(DEFAULT_CONFIG.watch)
    .meta({ description: "Check as soon as a store changes; the schedule remains as the safety net." }),
  discovery: discoverySchema.prefault({}),
  remotes: remotesSchema,
  policy: policySchema.prefault({}),
  labels: z
    .strictObject({
      emails: z
        .enum(EMAIL_LABELS)
        .default(labels.emails)
        .meta({
          description: "E-mail addresses in profile ids, as they appear in metrics, page and log.",
          examples: ["plain"],
        }),
    })
    .meta({ description: "What is shown of names." })
    .prefault({}),
  metrics: metricsSchema.prefault({}),
  web: webSection.prefault({}),
  storage: z
    .strictObject({
      path: path
        .nullable()
        .default(storage.path)
        .meta({
          title: "absolute path or null",
          description:
            "Directory of our own state, made upon first use with mode 0700. Null is `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/agent-auth-exporter`, else `~/.local/state/agent-auth-exporter`.",
          examples: ["/var/lib/agent-auth-exporter"],
        }),
    })
    .meta({ description: "Where our own state is kept; never in a directory that belongs to an agent." })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(LOG_LEVELS)
        .default(log.level)
        .meta({ description: "The least severe level that is logged.", examples: ["debug"] }),
      format: z
        .enum(LOG_FORMATS)
        .default(log.format)
        .meta({ description: "`auto` is pretty on a terminal and JSON elsewhere.", examples: ["json"] }),
    })
    .meta({ description: "The log of `serve`, on standard output." })
    .prefault({}),
  alerts: alertsSchema.prefault({}),
  channels: channelsSchema,
  heartbeat: heartbeatSchema,
  textfile: textfileSchema,
  push: pushSchema.prefault({}),
});

/** Times of day are in the zone of the whole config where they have none of their own. */
export const configSchema = z
  .codec(configKeys, z.custom<Config>(), {
    decode: (keys) => {
      const timezone = keys.alerts.timezone ?? keys.timezone;
      const inZone = <T extends { readonly timezone: string | null }>(times: T | null) =>
        times === null ? null : { ...times, timezone: times.timezone ?? timezone };
      const channels = keys.channels.map((channel) => {
        const { policy: wants } = channel;
        const [quietHours, evening] = [inZone(wants.quietHours), inZone(wants.evening)];
        return { ...channel, policy: { ...wants, quietHours, evening } };
      });
      return { ...keys, alerts: { ...keys.alerts, timezone }, channels };
    },
    // Only lists that may not be changed are told from those that may, and only by the compiler.
    encode: (config) => config as z.output<typeof configKeys>,
  })
  .meta({
    title: "agent-auth-exporter configuration",
    description: "Every key is optional.",
  }) satisfies z.ZodType<Config>;
