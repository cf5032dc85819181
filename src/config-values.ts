import * as z from "zod";
import { describeLimits, isWithin, type Limits, parseDuration, renderDuration } from "./duration.ts";
import { parseShard, renderShard } from "./shard.ts";
import { isWebAddress } from "./web-address.ts";

/*
 * Kinds of values in the config file that more than one section has.
 * - `title` is the kind of value as an error and the reference name it: "expected a <title>".
 * - `writeOnly: true` marks a secret: it is never printed and never quoted.
 */

const MAX_TIMEOUT_MS = 30_000;

const PATH = /^(?:\/|~(?:\/|$))/;

/** `90s`, `24h`, `1d12h` in the file, milliseconds in the config. */
export function durationValue(minMs: number, maxMs?: number) {
  const limits: Limits = maxMs === undefined ? { minMs } : { minMs, maxMs };
  const value = z.codec(z.string().regex(/^(?:0|(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+)$/), z.number(), {
    decode: (text, { issues }) => {
      const durationMs = parseDuration(text);
      if (durationMs !== null && isWithin(durationMs, limits)) return durationMs;
      issues.push({ code: "custom", input: text, message: `write ${describeLimits(limits)}` });
      return z.NEVER;
    },
    encode: renderDuration,
  });
  return value.meta({ title: "duration", examples: ["6h"] });
}

/** How long one attempt may take; the sender gives up on any after half a minute. */
export function timeoutValue(description: string, fallback: string) {
  return durationValue(100, MAX_TIMEOUT_MS)
    .prefault(fallback)
    .meta({ title: "duration", description: `${description} At most 30s.`, examples: ["5s"] });
}

export const pathValue = z
  .string()
  .regex(PATH)
  .meta({ title: "absolute path, or one that begins with ~/", examples: ["/home/ada"] });

/** A secret as it stands in the file. */
export function secretValue(description: string) {
  return z.string().min(1).optional().meta({ title: "secret text", description, writeOnly: true });
}

/** A file with nothing but the secret, such as a systemd credential; `whenRead` ends a sentence about it. */
export function secretFileValue(key: string, whenRead = "when it is needed first, and again after a failure") {
  return pathValue.optional().meta({
    title: "absolute path, or one that begins with ~/",
    description: `A file that holds \`${key}\`; read ${whenRead}.`,
    examples: [`/run/credentials/agent-auth-exporter.service/${key}`],
  });
}

/** An http or https address that is a secret, for it may hold a token. */
export const secretUrlValue = z
  .string()
  .superRefine(refuseNoWebAddress)
  .optional()
  .meta({ title: "web address (http or https)", writeOnly: true });

export function refuseNoWebAddress(text: string, context: z.RefinementCtx): void {
  if (isWebAddress(text)) return;
  const isBare = text !== "" && !/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && URL.canParse(`https://${text}`);
  const message = isBare ? "write https:// or http:// in front of it" : "Invalid input";
  context.addIssue({ code: "custom", input: text, message });
}

export const shardValue = z
  .codec(z.string(), z.object({ index: z.number(), count: z.number() }), {
    decode(text, { issues }) {
      const shard = parseShard(text);
      if (shard !== null) return shard;
      issues.push({ code: "custom", input: text, message: "write 1/8 to 8/8 for eight exporters" });
      return z.NEVER;
    },
    encode: renderShard,
  })
  .nullable()
  .default(null)
  .meta({
    title: "number and how many there are, or null",
    description: "Only this part of the agents, such as `3/8`; seven other exporters see to the rest.",
    default: null,
    examples: ["3/8"],
  });
