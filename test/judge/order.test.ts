import { expect, test } from "vitest";
import type { Credential } from "../../src/credential.ts";
import type { DeclaredProfile } from "../../src/discovery/installation.ts";
import { mergeStores } from "../../src/judge/effective.ts";
import { resolveOrder } from "../../src/judge/order.ts";
import { findUnusable } from "../../src/judge/unusable.ts";
import { credential, expiresIn, HOUR, inMs, NOW, state, store, usage } from "./reading-builder.ts";

const key = credential({ profileId: "anthropic:key", type: "api_key" });
const token = credential({ profileId: "anthropic:token" });
const login = credential({ profileId: "anthropic:login", type: "oauth", expiry: expiresIn(HOUR) });
const lapsedLogin = credential({ profileId: "anthropic:lapsed", type: "oauth", expiry: expiresIn(-HOUR) });
const lapsedToken = credential({ profileId: "anthropic:dead", expiry: expiresIn(0) });
const inactive = credential({ profileId: "anthropic:saved", isSetupInactive: true });

interface Row {
  readonly name: string;
  readonly stored: readonly Credential[];
  readonly storedOrder?: readonly string[];
  readonly declaredOrder?: readonly string[];
  readonly declared?: readonly Partial<DeclaredProfile>[];
  readonly cooling?: Readonly<Record<string, number>>;
  readonly used?: Readonly<Record<string, number>>;
  readonly eligible: string;
  readonly effective?: string;
  readonly candidates?: string;
}

const ROWS: readonly Row[] = [
  { name: "login before token before key", stored: [key, token, login], eligible: "login token key" },
  {
    name: "an expired login after a live one, still before tokens",
    stored: [lapsedLogin, token, login],
    eligible: "login lapsed token",
  },
  {
    name: "least recently used first",
    stored: [key, { ...key, profileId: "anthropic:other" }],
    used: { "anthropic:key": 5, "anthropic:other": 3 },
    eligible: "other key",
  },
  {
    name: "cooling ones last, by earliest end",
    stored: [login, token, key],
    cooling: { "anthropic:login": 9, "anthropic:token": 5 },
    eligible: "key token login",
  },
  {
    name: "an expired token is out, its place among the candidates is not",
    stored: [lapsedToken, key],
    eligible: "key",
    candidates: "dead key",
  },
  {
    name: "only an expired token: it stands in for the status",
    stored: [lapsedToken],
    eligible: "",
    effective: "dead",
    candidates: "dead",
  },
  {
    name: "stored order beats declared order",
    stored: [key, token],
    storedOrder: ["anthropic:key"],
    declaredOrder: ["anthropic:token"],
    eligible: "key",
  },
  {
    name: "declared order beats declared profiles",
    stored: [key, token],
    declaredOrder: ["anthropic:key"],
    declared: [{ profileId: "anthropic:token" }],
    eligible: "key",
  },
  {
    name: "an explicit order is kept as given",
    stored: [login, key],
    storedOrder: ["anthropic:key", "anthropic:login", "anthropic:key"],
    eligible: "key login",
  },
  {
    name: "cooling ones last within an explicit order",
    stored: [login, key],
    storedOrder: ["anthropic:login", "anthropic:key"],
    cooling: { "anthropic:login": 9 },
    eligible: "key login",
  },
  {
    name: "an empty declared order shuts everything out",
    stored: [key],
    declaredOrder: [],
    eligible: "",
    effective: "",
    candidates: "",
  },
  {
    name: "declared profiles that are all gone fall back to what is stored",
    stored: [key],
    declared: [{ profileId: "anthropic:gone" }],
    eligible: "key",
  },
  {
    name: "a stored order that is all gone falls back too",
    stored: [key],
    storedOrder: ["anthropic:gone"],
    eligible: "key",
  },
  {
    name: "a declared order that is all gone does not",
    stored: [key],
    declaredOrder: ["anthropic:gone"],
    eligible: "",
    effective: "",
    candidates: "",
  },
  {
    name: "an order that names another provider's profile",
    stored: [key, { ...key, profileId: "openai:key", provider: "openai" }],
    storedOrder: ["openai:key", "anthropic:key"],
    eligible: "key",
  },
  {
    name: "declared mode oauth admits a token",
    stored: [token],
    declared: [{ profileId: "anthropic:token", mode: "oauth" }],
    eligible: "token",
  },
  {
    name: "declared mode oauth does not admit a key",
    stored: [key],
    declared: [{ profileId: "anthropic:key", mode: "oauth" }],
    eligible: "",
    effective: "key",
    candidates: "",
  },
  {
    name: "declared for another provider",
    stored: [key],
    declared: [{ profileId: "anthropic:key", provider: "openai" }],
    eligible: "",
    effective: "key",
    candidates: "",
  },
  { name: "saved but inactive", stored: [inactive, key], eligible: "key", candidates: "saved key" },
];

test.each(ROWS)("$name", (row) => {
  const order = row.storedOrder === undefined ? new Map<string, string[]>() : new Map([["anthropic", row.storedOrder]]);
  const records = new Map(
    row.stored.map(({ profileId }) => {
      const coolsMs = row.cooling?.[profileId];
      const cooldown = coolsMs === undefined ? null : { until: inMs(coolsMs), reason: null, model: null };
      const usedMs = row.used?.[profileId];
      return [profileId, usage({ cooldown, lastUsedAt: usedMs === undefined ? null : new Date(usedMs) })];
    }),
  );
  const effective = mergeStores(store({ credentials: row.stored, state: state({ order, usage: records }) }), null, NOW);
  const unusable = new Map(
    [...records].flatMap(([id, record]) => {
      const found = findUnusable("anthropic", record, NOW);
      return found === null ? [] : [[id, found] as const];
    }),
  );
  const declaredProfiles = (row.declared ?? []).map((one) => ({
    profileId: "",
    provider: "anthropic",
    mode: null,
    email: null,
    ...one,
  }));
  const resolved = resolveOrder({
    provider: "anthropic",
    stored: row.stored.map(({ profileId }) => profileId),
    store: effective,
    declaredOrder: row.declaredOrder,
    declaredProfiles,
    unusable,
    now: NOW,
  });
  const short = (ids: readonly string[]): string => ids.map((id) => id.replace("anthropic:", "")).join(" ");
  expect(short(resolved.eligible)).toBe(row.eligible);
  expect(short(resolved.effective)).toBe(row.effective ?? row.eligible);
  expect(short(resolved.candidates).split(" ").toSorted()).toEqual(
    (row.candidates ?? row.eligible).split(" ").toSorted(),
  );
});
