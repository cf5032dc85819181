import { problem } from "../../src/problem.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import {
  buildAgent,
  buildInstallation,
  buildProfile,
  buildProvider,
  buildSnapshot,
  buildStore,
  inHours,
  toEffective,
} from "../snapshot-builder.ts";

/** A host with something of everything: two agents, a shared store, a window, an unreadable store, a foreign login. */
export function sampleSnapshot(): Snapshot {
  const fresh = buildProfile({ profileId: "anthropic:manual", expiresAt: inHours(24 * 300) });
  const old = buildProfile({
    profileId: "anthropic:peter.longname@subsidiary.example.com",
    email: "peter.longname@subsidiary.example.com",
    type: "oauth",
    status: "expired",
    reasonCode: "expired",
    expiresAt: inHours(-51),
    verdict: "critical",
    verdictReason: "refresh_failing",
    action:
      "openclaw models auth login --provider anthropic --profile-id anthropic:peter.longname@subsidiary.example.com --agent main",
  });
  const refreshing = buildProfile({
    profileId: "openai:default",
    provider: "openai",
    type: "oauth",
    status: "expiring",
    expiresAt: inHours(3.2),
    isRefreshable: true,
    verdictReason: "refreshable",
  });
  const key = buildProfile({
    owner: "_shared",
    profileId: "openrouter:default",
    provider: "openrouter",
    type: "api_key",
    status: "static",
    verdict: "warning",
    verdictReason: "disabled",
    unusable: { kind: "disabled", reason: "billing", until: inHours(5), model: null },
    action: "# top up the account at openrouter, or wait until 2026-09-21 19:13 UTC",
    usedBy: ["main", "ops"],
  });
  const missing = buildProfile({
    owner: "ops",
    profileId: "groq:x",
    provider: "groq",
    status: "missing",
    reasonCode: "invalid_expires",
    verdict: "info",
    verdictReason: "invalid_expires",
    usedBy: ["ops"],
  });
  const main = buildAgent({
    verdict: "info",
    reason: "last_credential",
    message: "agent main has one usable anthropic credential left of 2",
    storeOwners: ["main", "_shared"],
    profiles: [fresh, old, refreshing, key].map(toEffective),
    providers: [
      buildProvider({ order: [fresh.profileId, old.profileId], total: 2, status: "expired", expiresAt: old.expiresAt }),
      buildProvider({ provider: "openai", role: "fallback", status: "expiring", order: [refreshing.profileId] }),
      buildProvider({
        provider: "openrouter",
        isInUse: false,
        role: null,
        status: "static",
        usable: 0,
        order: [key.profileId],
      }),
    ],
  });
  const ops = buildAgent({
    id: "ops",
    canAnswer: false,
    verdict: "critical",
    reason: "no_usable_credential",
    message: "agent ops cannot answer: no usable openrouter credential (none is usable now)",
    action: key.action,
    checkCode: 1,
    storeOwners: ["ops", "_shared"],
    profiles: [missing, key].map(toEffective),
    providers: [
      buildProvider({ provider: "groq", isInUse: false, role: null, status: "missing", usable: 0, order: ["groq:x"] }),
      buildProvider({
        provider: "mistral",
        isInUse: true,
        role: "fallback",
        status: "missing",
        usable: 0,
        total: 0,
        order: [],
        otherCredentials: [{ provider: "mistral", kind: "env", detail: "MISTRAL_API_KEY" }],
      }),
      buildProvider({ provider: "openrouter", status: "static", usable: 0, order: [key.profileId] }),
    ],
  });
  const dev = buildAgent({
    id: "dev",
    canAnswer: null,
    verdict: "warning",
    reason: "bad_json",
    message: "expected JSON, found something else; look at the file",
    checkCode: 3,
    storeOwners: ["dev"],
    profiles: [],
    providers: [],
  });
  const devPath = "/home/user/.openclaw/agents/dev/agent/auth-profiles.json";
  return buildSnapshot({
    installations: [
      buildInstallation({
        stores: [
          buildStore(),
          buildStore({ owner: "_shared", format: "state-sqlite", path: "/home/user/.openclaw/state/openclaw.sqlite" }),
          buildStore({ owner: "ops", path: "/home/user/.openclaw/agents/ops/agent/auth-profiles.json" }),
          buildStore({
            owner: "dev",
            path: devPath,
            isUp: false,
            readAt: null,
            problems: [problem("bad_json", devPath, "expected JSON, found something else; look at the file")],
          }),
        ],
        agents: [main, ops, dev],
        profiles: [fresh, old, refreshing, key, missing],
      }),
      buildInstallation({
        id: "codex",
        kind: "login",
        stateDir: "/home/user/.codex",
        configPath: null,
        stores: [buildStore({ owner: "_cli", format: "codex", path: "/home/user/.codex/auth.json" })],
        agents: [],
        profiles: [
          buildProfile({
            owner: "_cli",
            profileId: "openai:codex",
            provider: "openai",
            type: "oauth",
            status: "expired",
            reasonCode: "expired",
            expiresAt: inHours(-2),
            verdictReason: "refreshable",
            isRefreshable: true,
            usedBy: [],
          }),
        ],
      }),
    ],
  });
}
