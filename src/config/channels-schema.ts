import * as z from "zod";
import { SEVERITIES } from "../alerts/condition.ts";
import { wordsWithout } from "../alerts/match.ts";
import type { ChannelPolicy, EveningDigest, Matcher, QuietHours } from "../alerts/policy.ts";
import { isMistyped } from "../channels/checks.ts";
import type { ChannelKind, ConfiguredChannel } from "../channels/kind.ts";
import { CHANNEL_KINDS } from "../channels/registry.ts";
import { suggest } from "./suggest.ts";
import { timezoneValue } from "./timezone-value.ts";

/*
 * A channel in the file is one flat section: what every channel has, and what its kind adds.
 */

const timeOfDay = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/)
  .meta({ title: "time of day as HH:MM", examples: ["22:00"] });
const timezone = timezoneValue.nullable().default(null);
const glob = z
  .string()
  .min(1)
  .exactOptional()
  .meta({ title: "name, or a pattern with *", examples: ["anthropic"] });

const reasonGlob = z
  .string()
  .min(1)
  .superRefine((given, context) => {
    const words = wordsWithout("reason", given);
    if (words === null) return;
    const near = suggest(given, words);
    const message = near === null ? "see the reasons in docs/configuration.md" : `did you mean "${near}"?`;
    context.addIssue({ code: "custom", input: given, message });
  })
  .exactOptional()
  .meta({ title: "reason, or a pattern with *", examples: ["expired"] });

const matcher = z
  .strictObject({ installation: glob, agent: glob, provider: glob, reason: reasonGlob })
  .superRefine((fields, context) => {
    if (Object.keys(fields).length > 0 || isMistyped(context)) return;
    context.addIssue({ code: "custom", input: fields, message: "name at least one of them" });
  })
  .meta({ title: "section with installation, agent, provider or reason" });

/** What every channel has, besides its type. */
const commonKeys = {
  name: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,62})$/)
    .meta({
      title: "name of small letters, digits and dashes",
      description: "Its own name, unique.",
      examples: ["ops"],
    }),
  minSeverity: z
    .enum(SEVERITIES)
    .default("warning")
    .meta({ description: "The least severity it is told of.", examples: ["critical"] }),
  match: z
    .array(matcher)
    .default([])
    .meta({
      title: "list of sections with installation, agent, provider or reason",
      description:
        "What it is told of: whatever matches any of these, in every field given; `*` stands for any text, and `reason` is one of the [reasons](#reasons). Empty is everything.",
      examples: [[{ agent: "ops", provider: "anthropic" }]],
    }),
  sendResolved: z.boolean().default(true).meta({ description: "Whether it is told when something is mended." }),
  quietHours: z
    .strictObject({ from: timeOfDay, to: timeOfDay, timezone })
    .refine(({ from, to }) => from !== to, { path: ["to"], error: "write another time than `from`" })
    .nullable()
    .default(null)
    .meta({
      title: "section with `from`, `to` and `timezone`, or null",
      description: "When only critical alerts pass; the rest comes as one message afterwards.",
      examples: [{ from: "22:00", to: "07:00" }],
    }),
  evening: z
    .strictObject({ at: timeOfDay, until: timeOfDay, timezone })
    .nullable()
    .default(null)
    .meta({
      title: "section with `at`, `until` and `timezone`, or null",
      description: "A message at that time with what ends before `until` the next morning.",
      examples: [{ at: "20:00", until: "08:00" }],
    }),
};

type Timed<T> = Omit<T, "timezone"> & { readonly timezone: string | null };

/** As configured, except that times of day may leave their zone to the top level. */
type ChannelKeys = Omit<ConfiguredChannel, "policy"> & {
  readonly policy: Omit<ChannelPolicy, "quietHours" | "evening"> & {
    readonly quietHours: Timed<QuietHours> | null;
    readonly evening: Timed<EveningDigest> | null;
  };
};

interface FlatChannel {
  readonly name: string;
  readonly type: string;
  readonly minSeverity: ChannelPolicy["minSeverity"];
  readonly match: readonly Matcher[];
  readonly sendResolved: boolean;
  readonly quietHours: Timed<QuietHours> | null;
  readonly evening: Timed<EveningDigest> | null;
}

function toSchema(kind: ChannelKind<object>) {
  const { name, ...rest } = commonKeys;
  const type = z.literal(kind.type).meta({ title: "type of channel", description: `${kind.title}.` });
  const keys = kind.schema.safeExtend({ name, type, ...rest }) as unknown as z.ZodObject & z.ZodType<FlatChannel>;
  // In the other direction this tells which kind a channel is of.
  const isOfKind = (given: unknown): boolean => Reflect.get(Object(given), "type") === kind.type;
  return z.codec(keys, z.custom<ChannelKeys>(isOfKind), {
    decode: ({ type: named, name: called, minSeverity, match, sendResolved, quietHours, evening, ...options }) => ({
      type: named,
      policy: {
        name: called,
        minSeverity,
        match,
        sendResolved,
        quietHours,
        evening,
        refreshEveryMs: kind.refreshEveryMs?.(options) ?? null,
        ...(kind.isScreen === true ? { isScreen: true as const } : {}),
      },
      options,
    }),
    encode: ({ type: named, policy: { refreshEveryMs: _derived, isScreen: _too, ...policy }, options }) => ({
      ...policy,
      type: named,
      ...options,
    }),
  });
}

const channelSchemas = Object.values(CHANNEL_KINDS).map(toSchema);
const [first, ...others] = channelSchemas;
if (first === undefined) throw new Error("no kind of channel");

export const channelsSchema = z
  .array(z.discriminatedUnion("type", [first, ...others]).meta({ title: "section with a name and a type" }))
  .superRefine((channels: readonly Partial<ChannelKeys>[], context) => {
    const seen = new Map<string, number>();
    for (const [index, { policy }] of channels.entries()) {
      // One that is not valid itself comes as it was written.
      if (policy === undefined) continue;
      const { name } = policy;
      const first = seen.get(name);
      if (first === undefined) seen.set(name, index);
      else {
        const text = `expected a name for each channel, got "${name}" again, which is channels[${first}]; write another`;
        context.addIssue({ code: "custom", input: name, path: [index, "name"], params: { text } });
      }
    }
  })
  .default([])
  .meta({
    title: "list of channels",
    description: "Who is told: channels of any number, each with a name and a type.",
    default: [],
    examples: [[{ name: "log", type: "command", argv: ["/usr/local/bin/tell"] }]],
  });
