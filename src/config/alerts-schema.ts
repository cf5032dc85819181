import * as z from "zod";
import type { MessageOptions } from "../alerts/message.ts";
import { type AlertPolicy, DEFAULT_ALERT_POLICY } from "../alerts/policy.ts";
import { REASON_NAMES } from "../alerts/reasons.ts";
import { durationValue, refuseNoWebAddress } from "../config-values.ts";
import { renderDuration } from "../duration.ts";
import { EMAIL_LABELS } from "./config.ts";
import { suggest } from "./suggest.ts";
import { timezoneValue } from "./timezone-value.ts";

const MINUTE = 60_000;
const { remindAtMs, repeatEveryMs, holdMs, flapping, groupWaitMs, maxAgeMs, undelivered } = DEFAULT_ALERT_POLICY;

const repeat = durationValue(MINUTE)
  .nullable()
  .optional()
  .meta({ title: "duration or null", examples: ["12h"] });
const link = z
  .string()
  .superRefine(refuseNoWebAddress)
  .nullable()
  .default(null)
  .meta({ title: "web address (http or https) or null" });

const renderRepeat = (ms: number | null): string | null => (ms === null ? null : renderDuration(ms));
const repeatDefaults = {
  critical: renderRepeat(repeatEveryMs.critical),
  warning: renderRepeat(repeatEveryMs.warning),
  info: renderRepeat(repeatEveryMs.info),
};

const alertKeys = z.strictObject({
  remindAt: z
    .array(durationValue(MINUTE))
    .prefault(remindAtMs.map(renderDuration))
    .meta({
      title: "list of durations",
      description: "How long before a credential ends to tell of it; at the end itself it is always told.",
      examples: [["30d", "7d", "24h", "6h", "1h"]],
    }),
  repeatEvery: z
    .strictObject({ critical: repeat, warning: repeat, info: repeat })
    .prefault({})
    .meta({
      title: "section of durations by severity",
      description: "How often what has not changed is told again, by severity; null is never.",
      default: repeatDefaults,
      examples: [{ critical: "1h" }],
    }),
  hold: z
    .record(z.string(), durationValue(0))
    .superRefine((given, context) => {
      for (const reason of Object.keys(given).filter((name) => !REASON_NAMES.includes(name))) {
        const near = suggest(reason, REASON_NAMES);
        const remedy = near === null ? "see the reasons in docs/configuration.md" : `did you mean \`${near}\`?`;
        context.addIssue({ code: "custom", path: [reason], params: { text: `unknown reason; ${remedy}` } });
      }
    })
    .prefault({})
    .meta({
      title: "section of durations by reason",
      description:
        "How long a condition must last before it is told, by [reason](#reasons). What is not named keeps its default: 15m for `cooldown`, 10m for a store that cannot be read, none for all else.",
      default: {},
      examples: [{ cooldown: "30m" }],
    }),
  flapping: z
    .strictObject({
      changes: z
        .int()
        .min(2)
        .max(1_000)
        .optional()
        .meta({ title: "whole number from 2 to 1000", examples: [4] }),
      within: durationValue(MINUTE)
        .optional()
        .meta({ title: "duration", examples: ["2h"] }),
    })
    .prefault({})
    .meta({
      title: "section with `changes` and `within`",
      description: "More changes than `changes` in the time `within` are told once, as flapping.",
      default: { changes: flapping.changes, within: renderDuration(flapping.withinMs) },
      examples: [{ changes: 4, within: "2h" }],
    }),
  groupWait: durationValue(0)
    .prefault(renderDuration(groupWaitMs))
    .meta({
      title: "duration",
      description: "How long a first message may wait for others to join it.",
      examples: ["30s"],
    }),
  maxAge: durationValue(MINUTE)
    .prefault(renderDuration(maxAgeMs))
    .meta({
      title: "duration",
      description: "A message that could not be delivered for so long is given up; `notify outbox` shows it.",
      examples: ["7d"],
    }),
  undelivered: z
    .enum(["send", "drop"])
    .default(undelivered)
    .meta({
      description:
        "What becomes of an alert that could not leave before it was over: told late with its end, or dropped unless it was tried: then it may have arrived.",
      examples: ["drop"],
    }),
  emails: z
    .enum(EMAIL_LABELS)
    .default("masked")
    .meta({ description: "E-mail addresses in messages.", examples: ["plain"] }),
  timezone: timezoneValue
    .nullable()
    .default(null)
    .meta({
      title: 'IANA time zone, "local" or null',
      description: "The time zone of dates in messages and of times of day; null takes the one at the top level.",
      examples: ["Europe/Berlin"],
    }),
  runbookUrl: link.meta({
    description:
      "Where the pages of docs/runbooks are, ours or your own copy; the name of the page is added to it. Null leaves the link out.",
    examples: ["https://unpkg.com/agent-auth-exporter/docs/runbooks"],
  }),
  externalUrl: link.meta({
    description: "Where others reach the page of `serve`, for links in messages. Null leaves them out.",
    examples: ["https://agents.example.com"],
  }),
});

/** As decided, except that the time zone may be left to the top level. */
type Alerts = AlertPolicy & Omit<MessageOptions, "timezone"> & { readonly timezone: string | null };

export const alertsSchema = z
  .codec(alertKeys, z.custom<Alerts>(), {
    decode: (keys) => {
      const { critical, warning, info } = keys.repeatEvery;
      return {
        remindAtMs: keys.remindAt.toSorted((a, b) => b - a),
        repeatEveryMs: {
          critical: critical === undefined ? repeatEveryMs.critical : critical,
          warning: warning === undefined ? repeatEveryMs.warning : warning,
          info: info === undefined ? repeatEveryMs.info : info,
        },
        holdMs: { ...holdMs, ...keys.hold },
        flapping: {
          changes: keys.flapping.changes ?? flapping.changes,
          withinMs: keys.flapping.within ?? flapping.withinMs,
        },
        groupWaitMs: keys.groupWait,
        maxAgeMs: keys.maxAge,
        undelivered: keys.undelivered,
        emails: keys.emails,
        timezone: keys.timezone,
        runbookUrl: withoutSlash(keys.runbookUrl),
        externalUrl: withoutSlash(keys.externalUrl),
      };
    },
    encode: (decided) => ({
      remindAt: [...decided.remindAtMs],
      repeatEvery: { ...decided.repeatEveryMs },
      hold: { ...decided.holdMs },
      flapping: { changes: decided.flapping.changes, within: decided.flapping.withinMs },
      groupWait: decided.groupWaitMs,
      maxAge: decided.maxAgeMs,
      undelivered: decided.undelivered,
      emails: decided.emails,
      timezone: decided.timezone,
      runbookUrl: decided.runbookUrl,
      externalUrl: decided.externalUrl,
    }),
  })
  .meta({ description: "When somebody is told, and what messages look like. Nobody is told without `channels`." });

function withoutSlash(url: string | null): string | null {
  return url?.replace(/\/+$/, "") ?? null;
}
