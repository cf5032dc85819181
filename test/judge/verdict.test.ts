import { describe, expect, test } from "vitest";
import type { Credential, Usage } from "../../src/credential.ts";
import type { AgentReading } from "../../src/discovery/installation.ts";
import { problem } from "../../src/problem.ts";
import {
  agent,
  agentOf,
  credential,
  DAY,
  expiresIn,
  HOUR,
  host,
  inMs,
  installation,
  judged,
  type Judging,
  MINUTE,
  profileOf,
  single,
  state,
  store,
  usage,
} from "./reading-builder.ts";

const ID = "anthropic:manual";

interface ProfileRow {
  readonly name: string;
  readonly credential?: Partial<Credential>;
  readonly usage?: Partial<Usage>;
  /** A second, healthy profile of the provider. */
  readonly served?: boolean;
  readonly agent?: Partial<AgentReading>;
  readonly judging?: Judging;
  readonly expected: string;
}

const oauth = (over: Partial<Credential> = {}): Partial<Credential> => ({ type: "oauth", ...over });
const failing = { lastUsedAt: inMs(-5 * MINUTE) };
const disabled = { disabled: { until: inMs(HOUR), reason: "billing", model: null } };
const cooling = { cooldown: { until: inMs(5 * MINUTE), reason: "rate_limit", model: null } };

const PROFILE_ROWS: readonly ProfileRow[] = [
  { name: "usable, nothing near", expected: "ok ok" },
  { name: "token well before its end", credential: { expiry: expiresIn(2 * DAY) }, expected: "ok ok" },
  {
    name: "OAuth with refresh, access token expiring",
    credential: oauth({ expiry: expiresIn(HOUR) }),
    expected: "ok refreshable",
  },
  {
    name: "OAuth with refresh, access token expired, never used since",
    credential: oauth({ expiry: expiresIn(-5 * DAY) }),
    usage: { lastUsedAt: inMs(-6 * DAY) },
    expected: "ok refreshable",
  },
  {
    name: "used after it expired, for longer than the grace",
    credential: oauth({ expiry: expiresIn(-20 * MINUTE) }),
    usage: failing,
    expected: "critical refresh_failing",
  },
  {
    name: "used after it expired, within the grace",
    credential: oauth({ expiry: expiresIn(-10 * MINUTE) }),
    usage: failing,
    expected: "ok refreshable",
  },
  {
    name: "idle for long, used this minute: the refresh is still on its way",
    credential: oauth({ expiry: expiresIn(-5 * HOUR) }),
    usage: { lastUsedAt: inMs(-MINUTE) },
    expected: "ok refreshable",
  },
  {
    name: "used every minute since it expired, as observed",
    credential: oauth({ expiry: expiresIn(-20 * MINUTE) }),
    usage: { lastUsedAt: inMs(-MINUTE) },
    judging: { since: { [`used-after-expiry:/home/pat/.openclaw|main/${ID}`]: inMs(-10 * MINUTE) } },
    expected: "critical refresh_failing",
  },
  {
    name: "authentication failed after it expired",
    credential: oauth({ expiry: expiresIn(-MINUTE) }),
    usage: { lastFailureAt: inMs(-1), failureCounts: new Map([["auth", 1]]) },
    expected: "critical refresh_failing",
  },
  {
    name: "authentication failed after it expired, and there is nothing to refresh with",
    credential: oauth({ hasRefresh: false, expiry: expiresIn(-MINUTE) }),
    usage: { lastFailureAt: inMs(-1), failureCounts: new Map([["auth", 1]]) },
    expected: "critical expired",
  },
  {
    name: "authentication failed before it expired",
    credential: oauth({ expiry: expiresIn(-MINUTE) }),
    usage: { lastFailureAt: inMs(-HOUR), failureCounts: new Map([["auth", 1]]) },
    expected: "ok refreshable",
  },
  {
    name: "the latest failure after it expired was another one",
    credential: oauth({ expiry: expiresIn(-MINUTE) }),
    usage: {
      lastFailureAt: inMs(-1),
      failureCounts: new Map([["auth", 1]]),
      cooldown: { until: inMs(-1), reason: "rate_limit", model: null },
    },
    expected: "ok refreshable",
  },
  {
    name: "authentication failed at the very end",
    credential: oauth({ expiry: expiresIn(-MINUTE) }),
    usage: { lastFailureAt: inMs(-MINUTE), failureCounts: new Map([["auth", 1]]) },
    expected: "ok refreshable",
  },
  {
    name: "another failure after it expired says nothing of the refresh",
    credential: oauth({ expiry: expiresIn(-MINUTE) }),
    usage: { lastFailureAt: inMs(-1), failureCounts: new Map([["overloaded", 3]]) },
    expected: "ok refreshable",
  },
  { name: "refresh fence failed", credential: oauth({ fence: "failed" }), expected: "critical refresh_failed" },
  {
    name: "refresh fence pending, just seen",
    credential: oauth({ fence: "pending", hasRefresh: false }),
    expected: "ok refreshable",
  },
  {
    name: "refresh fence pending for 3 min to the millisecond",
    credential: oauth({ fence: "pending" }),
    judging: { since: { [`fence:/home/pat/.openclaw|main/${ID}`]: inMs(-3 * MINUTE) } },
    expected: "ok refreshable",
  },
  {
    name: "refresh fence pending for longer than 3 min",
    credential: oauth({ fence: "pending" }),
    judging: { since: { [`fence:/home/pat/.openclaw|main/${ID}`]: inMs(-3 * MINUTE - 1) } },
    expected: "warning refresh_stuck",
  },
  { name: "token expired", credential: { expiry: expiresIn(0) }, expected: "critical expired" },
  {
    name: "OAuth without refresh expired",
    credential: oauth({ hasRefresh: false, expiry: expiresIn(-1) }),
    expected: "critical expired",
  },
  {
    name: "token expired, another profile serves",
    credential: { expiry: expiresIn(-1) },
    served: true,
    expected: "warning expired",
  },
  {
    name: "token expired, an environment key serves",
    credential: { expiry: expiresIn(-1) },
    agent: { otherCredentials: [{ provider: "anthropic", kind: "env", detail: "ANTHROPIC_API_KEY" }] },
    expected: "warning expired",
  },
  { name: "token inside the window", credential: { expiry: expiresIn(DAY) }, expected: "warning expiring" },
  { name: "token 1 ms outside the window", credential: { expiry: expiresIn(DAY + 1) }, expected: "ok ok" },
  { name: "token inside the last hour", credential: { expiry: expiresIn(HOUR) }, expected: "critical expiring" },
  {
    name: "token 1 ms before the last hour",
    credential: { expiry: expiresIn(HOUR + 1) },
    expected: "warning expiring",
  },
  {
    name: "token inside the last hour, another profile serves",
    credential: { expiry: expiresIn(HOUR) },
    served: true,
    expected: "warning expiring",
  },
  { name: "no secret", credential: { secret: "absent" }, expected: "critical missing_credential" },
  {
    name: "no secret, another serves",
    credential: { secret: "absent" },
    served: true,
    expected: "warning missing_credential",
  },
  { name: "bad expiry", credential: { expiry: { kind: "invalid" } }, expected: "critical invalid_expires" },
  {
    name: "bad expiry with a refresh token",
    credential: oauth({ expiry: { kind: "invalid" } }),
    expected: "warning invalid_expires",
  },
  {
    name: "malformed API key",
    credential: { type: "api_key", secret: "malformed" },
    expected: "critical malformed_api_key",
  },
  { name: "saved but inactive", credential: { isSetupInactive: true }, expected: "critical setup_inactive" },
  {
    name: "OAuth secret in a side file nobody reads",
    credential: oauth({ secret: "absent", hasRefresh: false, hasUnresolvedRef: true }),
    expected: "critical unresolved_ref",
  },
  {
    name: "static token as old as its supposed life minus the window",
    credential: { secretDigest: "d1" },
    judging: {
      policy: { staticTokenLifetimeMs: 365 * DAY },
      since: { "token:/home/pat/.openclaw|d1": inMs(-364 * DAY) },
    },
    expected: "warning token_age",
  },
  {
    name: "static token 1 ms younger than that",
    credential: { secretDigest: "d1" },
    judging: {
      policy: { staticTokenLifetimeMs: 365 * DAY },
      since: { "token:/home/pat/.openclaw|d1": inMs(-364 * DAY + 1) },
    },
    expected: "ok ok",
  },
  {
    name: "old static token, no life configured",
    credential: { secretDigest: "d1" },
    judging: { since: { "token:/home/pat/.openclaw|d1": inMs(-900 * DAY) } },
    expected: "ok ok",
  },
  { name: "disabled", usage: disabled, expected: "warning disabled" },
  { name: "disabled, another serves", usage: disabled, served: true, expected: "info disabled" },
  {
    name: "blocked",
    usage: { blocked: { until: inMs(HOUR), reason: "subscription_limit", model: null } },
    expected: "warning blocked",
  },
  {
    name: "blocked, another serves",
    usage: { blocked: { until: inMs(HOUR), reason: "subscription_limit", model: null } },
    served: true,
    expected: "info blocked",
  },
  { name: "cooldown", usage: cooling, expected: "info cooldown" },
  {
    name: "cooldown renewed for as long as the grace",
    usage: cooling,
    judging: { since: { [`unusable:/home/pat/.openclaw|main/${ID}`]: inMs(-15 * MINUTE) } },
    expected: "info cooldown",
  },
  {
    name: "cooldown renewed for longer than the grace",
    usage: cooling,
    judging: { since: { [`unusable:/home/pat/.openclaw|main/${ID}`]: inMs(-15 * MINUTE - 1) } },
    expected: "warning cooldown",
  },
  {
    name: "window of more than 7 days",
    usage: { disabled: { until: inMs(7 * DAY + 1), reason: "billing", model: null } },
    served: true,
    expected: "warning implausible_window",
  },
  {
    name: "window of 7 days",
    usage: { disabled: { until: inMs(7 * DAY), reason: "billing", model: null } },
    expected: "warning disabled",
  },
  {
    name: "expired, of a provider that is not in use",
    credential: { profileId: ID, provider: "groq", expiry: expiresIn(-1) },
    expected: "info expired",
  },
];

describe("verdict of a profile", () => {
  test.each(PROFILE_ROWS)("$name: $expected", (row) => {
    const subject = credential(row.credential);
    const second = credential({ profileId: "anthropic:second", type: "api_key" });
    const stored = state({ usage: row.usage === undefined ? new Map() : new Map([[ID, usage(row.usage)]]) });
    const reading = single(row.served === true ? [subject, second] : [subject], row.agent, stored);
    const { verdict, verdictReason } = profileOf(judged(reading, row.judging));
    expect(`${verdict} ${verdictReason}`).toBe(row.expected);
  });

  test("outside the explicit order of a provider in use: at most info", () => {
    const order = new Map([["anthropic", ["anthropic:second"]]]);
    const both = [credential({ expiry: expiresIn(-1) }), credential({ profileId: "anthropic:second" })];
    const found = profileOf(judged(single(both, {}, state({ order }))));
    expect(`${found.verdict} ${found.verdictReason}`).toBe("info expired");
  });

  test("same refresh token under two owners that both refresh it", () => {
    const shared = credential({ type: "oauth", expiry: expiresIn(5 * DAY), refreshDigest: "r1" });
    const copy = { ...shared, profileId: "claude-code:default" };
    const login = installation({
      id: "claude-code",
      kind: "login",
      stores: [store({ owner: "_cli", format: "claude-code", credentials: [copy] })],
    });
    const reading = host(...single([shared]).installations, login);
    expect(profileOf(judged(reading)).verdictReason).toBe("shared_refresh_token");
    expect(profileOf(judged(reading)).verdict).toBe("warning");
  });

  test("the same id in two installations is stored twice as well", () => {
    const shared = credential({ type: "oauth", expiry: expiresIn(5 * DAY), refreshDigest: "r1" });
    const [one] = single([shared]).installations;
    const [two] = single([{ ...shared }]).installations;
    if (one === undefined || two === undefined) throw new Error("expected installations");
    expect(profileOf(judged(host(one, { ...two, id: "clawdbot" }))).verdictReason).toBe("shared_refresh_token");
  });

  test("a copy of the same id in another agent is kept in step by OpenClaw", () => {
    const shared = credential({ type: "oauth", expiry: expiresIn(5 * DAY), refreshDigest: "r1" });
    const base = store({ credentials: [shared] });
    const own = store({ owner: "ops", credentials: [{ ...shared }] });
    const agents = [agent({ ownStore: base }), agent({ id: "ops", ownStore: own, baseStore: base })];
    expect(profileOf(judged(host(installation({ agents }))), ID, "ops").verdictReason).toBe("ok");
  });

  test("a login that another CLI refreshes for both is not shared", () => {
    const shared = credential({ type: "oauth", expiry: expiresIn(5 * DAY), refreshDigest: "r1" });
    const managed = credential({ ...shared, profileId: "anthropic:cli", isExternallyManaged: true });
    expect(profileOf(judged(single([shared, managed]))).verdictReason).toBe("ok");
  });
});

interface AgentRow {
  readonly name: string;
  readonly agent: Partial<AgentReading>;
  readonly judging?: Judging;
  readonly expected: string;
  readonly canAnswer: boolean | null;
}

const good = credential();
const dead = credential({ expiry: expiresIn(-1) });
const primary = { provider: "anthropic", role: "primary", models: ["claude-opus-4-5"] } as const;
const fallback = { provider: "openai", role: "fallback", models: ["gpt-5.5"] } as const;
const image = { provider: "google", role: "image", models: ["gemini-3"] } as const;
const openaiKey = credential({ profileId: "openai:default", provider: "openai", type: "api_key" });
const busy = problem("sqlite_busy", "/x", "expected to read, found it locked; try again");
const unmigrated = problem("migration_required", "/x", "JSON beside an empty database");

const AGENT_ROWS: readonly AgentRow[] = [
  { name: "usable primary", agent: { ownStore: store({ credentials: [good] }) }, expected: "ok ok", canAnswer: true },
  {
    name: "primary without a usable credential",
    agent: { ownStore: store({ credentials: [dead] }) },
    expected: "critical no_usable_credential",
    canAnswer: false,
  },
  {
    name: "primary without any credential",
    agent: { ownStore: store() },
    expected: "critical no_usable_credential",
    canAnswer: false,
  },
  {
    name: "primary dead, fallback answers",
    agent: { ownStore: store({ credentials: [dead, openaiKey] }), providersConfigured: [primary, fallback] },
    expected: "critical no_usable_credential",
    canAnswer: true,
  },
  {
    name: "fallback without a credential",
    agent: { ownStore: store({ credentials: [good] }), providersConfigured: [primary, fallback] },
    expected: "warning fallback_without_credential",
    canAnswer: true,
  },
  {
    name: "image provider without a credential",
    agent: { ownStore: store({ credentials: [good] }), providersConfigured: [primary, image] },
    expected: "warning fallback_without_credential",
    canAnswer: true,
  },
  {
    name: "one usable credential left of two",
    agent: { ownStore: store({ credentials: [good, { ...dead, profileId: "anthropic:old" }] }) },
    expected: "info last_credential",
    canAnswer: true,
  },
  {
    name: "store unreadable, nothing ever read",
    agent: { ownStore: store({ isUp: false, readAt: null, problems: [busy] }) },
    expected: "warning sqlite_busy",
    canAnswer: null,
  },
  {
    name: "store unreadable since the stale limit",
    agent: { ownStore: store({ isUp: false, readAt: null, problems: [busy] }) },
    judging: { since: { "unreadable:/home/pat/.openclaw|main": inMs(-HOUR) } },
    expected: "warning sqlite_busy",
    canAnswer: null,
  },
  {
    name: "store unreadable for longer than the stale limit",
    agent: { ownStore: store({ isUp: false, readAt: null, problems: [busy] }) },
    judging: { since: { "unreadable:/home/pat/.openclaw|main": inMs(-HOUR - 1) } },
    expected: "critical sqlite_busy",
    canAnswer: null,
  },
  {
    name: "store stale, judged by its last good reading",
    agent: {
      ownStore: store({ isUp: false, isStale: true, readAt: inMs(-MINUTE), credentials: [good], problems: [busy] }),
    },
    expected: "warning sqlite_busy",
    canAnswer: true,
  },
  {
    name: "store stale for longer than the stale limit",
    agent: {
      ownStore: store({ isUp: false, isStale: true, readAt: inMs(-HOUR - 1), credentials: [good], problems: [busy] }),
    },
    expected: "critical sqlite_busy",
    canAnswer: true,
  },
  {
    name: "migration required, but main's store answers",
    agent: {
      id: "main",
      ownStore: store({ owner: "ops", isUp: false, readAt: null, problems: [unmigrated] }),
      baseStore: store({ credentials: [good] }),
    },
    expected: "warning migration_required",
    canAnswer: true,
  },
  {
    name: "migration required and nothing else",
    agent: { ownStore: store({ isUp: false, readAt: null, problems: [unmigrated] }), providersConfigured: [] },
    expected: "critical migration_required",
    canAnswer: false,
  },
  {
    name: "store unreadable, but an environment key answers",
    agent: {
      ownStore: store({ isUp: false, readAt: null, problems: [busy] }),
      otherCredentials: [{ provider: "anthropic", kind: "env", detail: "ANTHROPIC_API_KEY" }],
    },
    expected: "warning sqlite_busy",
    canAnswer: true,
  },
  {
    name: "never set up",
    agent: { providersConfigured: [] },
    expected: "info not_set_up",
    canAnswer: false,
  },
  {
    name: "store emptied, no model configured",
    agent: { ownStore: store(), providersConfigured: [] },
    expected: "critical no_usable_credential",
    canAnswer: false,
  },
  {
    name: "leftover directory that the roster does not name",
    agent: { isListed: false, ownStore: store({ credentials: [dead] }) },
    expected: "info no_usable_credential",
    canAnswer: false,
  },
  {
    name: "only model-scoped cooldown of another model",
    agent: {
      ownStore: store({
        credentials: [good],
        state: state({
          usage: new Map([
            [ID, usage({ cooldown: { until: inMs(MINUTE), reason: "rate_limit", model: "claude-haiku-4-5" } })],
          ]),
        }),
      }),
    },
    expected: "ok ok",
    canAnswer: true,
  },
];

describe("verdict of an agent", () => {
  test.each(AGENT_ROWS)("$name: $expected", ({ agent: over, judging, expected, canAnswer }) => {
    const found = agentOf(judged(host(installation({ agents: [agent(over)] })), judging));
    expect(`${found.verdict} ${found.reason}`).toBe(expected);
    expect(found.canAnswer).toBe(canAnswer);
  });

  test("a config nobody understands is a warning, and what is in use is unknown", () => {
    const agents = [agent({ ownStore: store(), providersConfigured: [] })];
    const found = agentOf(judged(host(installation({ agents, isConfigBroken: true }))));
    expect([found.verdict, found.reason, found.canAnswer]).toEqual(["warning", "config_invalid", null]);
  });
});
