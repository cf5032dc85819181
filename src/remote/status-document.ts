import * as z from "zod";
import { CREDENTIAL_TYPES } from "../credential.ts";
import { PROBLEM_REASONS, REMOTE_REASONS } from "../problem.ts";
import {
  AGENT_VERDICT_REASONS,
  findRemote,
  PROFILE_VERDICT_REASONS,
  type Snapshot,
  STATUS_REASONS,
  STATUSES,
  UNUSABLE_KINDS,
  VERDICTS,
} from "../snapshot.ts";

/*
 * The status document, version 1 (docs/json.md), back into the snapshot that it was made of.
 * - Fields that this version does not know are left out: later versions may add some.
 * - What the host heard of others is left out: they can be asked themselves, and two that watch each other would tell
 *   ever more.
 * - A word that this version does not know makes the whole document unreadable: what it means cannot be guessed.
 */

export type DocumentReading =
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot }
  /** Where it is not as expected; names fields, never what they hold. */
  | { readonly kind: "failed"; readonly detail: string };

/** Reads what another host answered; whatever it is, this does not throw. */
export function readStatusDocument(text: string): DocumentReading {
  let content: unknown;
  if (isTooDeep(text)) return { kind: "failed", detail: "it answers with JSON of another kind, nested without end" };
  try {
    content = JSON.parse(text);
  } catch {
    return { kind: "failed", detail: "it answers with something other than JSON" };
  }
  if (typeof content !== "object" || content === null || !("schemaVersion" in content)) {
    return { kind: "failed", detail: "it answers with JSON of another kind; name the address of `agent-auth serve`" };
  }
  const parsed = documentSchema.safeParse(content);
  if (parsed.success) return { kind: "snapshot", snapshot: parsed.data };
  const path = parsed.error.issues[0]?.path.map(String).join(".") ?? "";
  const where = /^[\w.]{1,100}$/.test(path) ? ` at \`${path}\`` : "";
  return { kind: "failed", detail: `its status document is not of version 1 as known here${where}; update agent-auth` };
}

/** Ours is ten deep. Millions of levels take minutes to read. */
const MAX_DEPTH = 32;

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case "[":
      case "{":
        depth += 1;
        if (depth > MAX_DEPTH) return true;
        break;
      case "]":
      case "}":
        depth -= 1;
        break;
      case '"':
        for (at += 1; at < text.length && text[at] !== '"'; at += 1) if (text[at] === "\\") at += 1;
        break;
      default:
    }
  }
  return false;
}

/** More than a host has of anything; what is compared with everything else is bounded more narrowly. */
const MAX_ITEMS = 200_000;
const MAX_COMPARED = 20_000;
const MAX_REMOTES = 1_000;

/** As `z.array`, which would look at millions of wrong items and describe each; the first one is enough. */
function listOf<T>(item: z.ZodType<T>, most = MAX_ITEMS) {
  return z
    .custom<readonly unknown[]>((value) => Array.isArray(value) && value.length <= most)
    .transform((values, context): readonly T[] => {
      const read: T[] = [];
      for (const [index, value] of values.entries()) {
        const parsed = item.safeParse(value);
        if (!parsed.success) {
          const path = [index, ...(parsed.error.issues[0]?.path ?? [])];
          context.issues.push({ code: "custom", input: undefined, path });
          return z.NEVER;
        }
        read.push(parsed.data);
      }
      return read;
    });
}

const text = z.string().max(10_000);
const instant = z.iso.datetime().transform((iso) => new Date(iso));
const instantOrNull = instant.nullable();
const count = z.int().min(0);

const problemSchema = z.object({
  reason: z.enum([...PROBLEM_REASONS, ...REMOTE_REASONS]),
  path: text,
  message: text,
  count,
});

const unusableSchema = z
  .object({ kind: z.enum(UNUSABLE_KINDS), reason: text, until: instant, model: text.nullable() })
  .nullable();

const storeSchema = z
  .object({
    owner: text,
    format: text,
    schemaVersion: z.number().nullable(),
    path: text,
    up: z.boolean(),
    stale: z.boolean(),
    insecureMode: z.boolean(),
    modifiedAt: instantOrNull,
    readAt: instantOrNull,
    problems: listOf(problemSchema),
  })
  .transform(({ up, stale, insecureMode, ...store }) => ({
    ...store,
    isUp: up,
    isStale: stale,
    hasInsecureMode: insecureMode,
  }));

const providerSchema = z
  .object({
    provider: text,
    inUse: z.boolean(),
    role: z.enum(["primary", "fallback", "image", "utility"]).nullable(),
    status: z.enum(STATUSES),
    expiresAt: instantOrNull,
    usable: count,
    total: count,
    order: listOf(text),
    otherCredentials: listOf(
      z.object({ kind: z.enum(["env", "config", "local", "aws", "gcloud", "login"]), detail: text }),
    ),
  })
  .transform(({ inUse, otherCredentials, ...rest }) => ({
    ...rest,
    isInUse: inUse,
    otherCredentials: otherCredentials.map((other) => ({ ...other, provider: rest.provider })),
  }));

const agentSchema = z
  .object({
    id: text,
    listed: z.boolean(),
    canAnswer: z.boolean().nullable(),
    verdict: z.enum(VERDICTS),
    reason: z.enum([...AGENT_VERDICT_REASONS, ...PROBLEM_REASONS, ...REMOTE_REASONS]),
    message: text,
    action: text.nullable(),
    checkCode: z.literal([0, 1, 2, 3]),
    stores: listOf(z.object({ owner: text })),
    providers: listOf(providerSchema),
    profiles: listOf(z.object({ owner: text, profileId: text, provider: text, unusable: unusableSchema })),
  })
  .transform(({ listed, stores, ...rest }) => ({
    ...rest,
    isListed: listed,
    storeOwners: [...new Set(stores.map(({ owner }) => owner))],
  }));

const profileSchema = z
  .object({
    owner: text,
    profileId: text,
    provider: text,
    type: z.enum(CREDENTIAL_TYPES),
    email: text.nullable(),
    status: z.enum(STATUSES),
    reasonCode: z.enum(STATUS_REASONS).nullable(),
    expiresAt: instantOrNull,
    refreshable: z.boolean(),
    verdict: z.enum(VERDICTS),
    verdictReason: z.enum(PROFILE_VERDICT_REASONS),
    unusable: unusableSchema,
    lastUsedAt: instantOrNull,
    lastFailureAt: instantOrNull,
    errorCount: count,
    usedBy: listOf(text),
    action: text.nullable(),
  })
  .transform(({ refreshable, ...rest }) => ({ ...rest, isRefreshable: refreshable }));

const installationSchema = z
  .object({
    id: text,
    kind: z.enum(["openclaw", "login"]),
    remote: text.nullable().default(null),
    cli: z.enum(["openclaw", "clawdbot", "moltbot"]).nullable(),
    stateDir: text,
    configPath: text.nullable(),
    problems: listOf(problemSchema),
    stores: listOf(storeSchema, MAX_COMPARED),
    agents: listOf(agentSchema, MAX_COMPARED),
    profiles: listOf(profileSchema),
  })
  .transform(({ cli, ...rest }) => ({ ...rest, cli: cli ?? ("openclaw" as const) }));

const documentSchema = z
  .object({
    schemaVersion: z.literal(1),
    generatedAt: instant,
    at: instant,
    warnWithinSeconds: z.number(),
    searched: listOf(text),
    problems: listOf(problemSchema),
    remotes: listOf(z.object({ name: text, address: text }), MAX_REMOTES).default([]),
    installations: listOf(installationSchema, MAX_COMPARED),
  })
  .superRefine(({ installations }, context) => {
    const ids = new Set<string>();
    for (const [index, { id }] of installations.entries()) {
      if (!ids.has(id)) ids.add(id);
      else return context.addIssue({ code: "custom", path: ["installations", index, "id"] });
    }
  })
  .transform(({ schemaVersion: _known, warnWithinSeconds, ...rest }): Snapshot => {
    const isHeard = (path: string): boolean => findRemote(rest.remotes, path) !== undefined;
    return {
      ...rest,
      installations: rest.installations.flatMap(({ remote, ...own }) => (remote === null ? [own] : [])),
      searched: rest.searched.filter((path) => !isHeard(path)),
      problems: rest.problems.filter(({ path }) => !isHeard(path)),
      warnWithinMs: warnWithinSeconds * 1_000,
      remotes: [],
      validUntil: null,
    };
  });
