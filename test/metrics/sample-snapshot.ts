import type { AlertFigures } from "../../src/alert-figures.ts";
import { problem } from "../../src/problem.ts";
import type {
  AgentReport,
  InstallationReport,
  ProfileReport,
  ProviderReport,
  Snapshot,
  StoreReport,
} from "../../src/snapshot.ts";
import {
  buildAgent,
  buildInstallation,
  buildProfile,
  buildProvider,
  buildSnapshot,
  buildStore,
} from "../snapshot-builder.ts";

export const NOW = new Date("2026-03-01T12:00:00Z");

export function minutesFromNow(minutes: number, now = NOW): Date {
  return new Date(now.getTime() + minutes * 60_000);
}

export function profile(given: Partial<ProfileReport> = {}): ProfileReport {
  return buildProfile({ type: "oauth", expiresAt: minutesFromNow(3 * 24 * 60), isRefreshable: true, ...given });
}

export function provider(given: Partial<ProviderReport> = {}): ProviderReport {
  return buildProvider({ expiresAt: minutesFromNow(3 * 24 * 60), ...given });
}

export function store(given: Partial<StoreReport> = {}): StoreReport {
  const path = "/home/peter/.openclaw/agents/main/agent/auth-profiles.json";
  return buildStore({ path, modifiedAt: minutesFromNow(-60), readAt: NOW, ...given });
}

export function agent(given: Partial<AgentReport> = {}): AgentReport {
  return buildAgent({ providers: [provider()], ...given });
}

export function installation(given: Partial<InstallationReport> = {}): InstallationReport {
  return buildInstallation({
    stateDir: "/home/peter/.openclaw",
    configPath: "/home/peter/.openclaw/openclaw.json",
    stores: [store()],
    agents: [agent()],
    profiles: [profile()],
    ...given,
  });
}

export function snapshot(given: Partial<Snapshot> = {}): Snapshot {
  return buildSnapshot({
    generatedAt: NOW,
    at: NOW,
    warnWithinMs: 24 * 3_600_000,
    installations: [installation()],
    searched: ["/home/peter/.openclaw", "/home/peter/.clawdbot"],
    ...given,
  });
}

/** Every kind of state at once, around the given instant, with ids that are hard to write down. */
export function richSnapshot(now = NOW): Snapshot {
  const at = (minutes: number) => minutesFromNow(minutes, now);
  return snapshot({
    generatedAt: now,
    at: now,
    problems: [problem("permission_denied", "/home/anna", "not allowed to look into /home/anna")],
    remotes: [
      {
        name: "vps",
        address: "https://vps.example.com:10884",
        isUp: false,
        askedAt: NOW,
        lastSeenAt: at(-200),
        lastCheckAt: at(-203),
        verdict: "critical",
        problem: problem("unreachable", "https://vps.example.com:10884", "vps is not known: no answer"),
      },
    ],
    installations: [
      installation({
        problems: [problem("config_invalid", "/home/peter/.openclaw/openclaw.json", "expected JSON5")],
        stores: [
          store({ readAt: now, modifiedAt: at(-10 * 24 * 60) }),
          store({
            owner: "ops",
            format: "agent-sqlite",
            isUp: false,
            isStale: true,
            hasInsecureMode: true,
            readAt: at(-90),
            problems: [problem("sqlite_busy", "/x/openclaw-agent.sqlite", "the database is locked")],
          }),
        ],
        agents: [
          agent({ providers: [provider(), provider({ provider: "openai", usable: 0, total: 2, status: "expired" })] }),
          agent({
            id: "ops",
            canAnswer: false,
            verdict: "critical",
            reason: "no_usable_credential",
            message: "anthropic has no usable credential",
            action: "openclaw models auth login --provider anthropic --agent ops",
            checkCode: 1,
            providers: [provider({ status: "missing", usable: 0, total: 3 })],
          }),
          agent({
            id: "blind",
            canAnswer: null,
            verdict: "warning",
            reason: "sqlite_busy",
            checkCode: 3,
            providers: [],
          }),
        ],
        profiles: [
          profile({
            expiresAt: at(90),
            status: "expiring",
            verdict: "ok",
            verdictReason: "refreshable",
            lastUsedAt: at(-1),
          }),
          profile({
            profileId: "anthropic:peter@example.com",
            type: "token",
            expiresAt: at(-30),
            status: "expired",
            reasonCode: "expired",
            isRefreshable: false,
            verdict: "critical",
            verdictReason: "expired",
            lastFailureAt: at(-5),
            errorCount: 3,
            action: "openclaw models auth paste-token --provider anthropic --agent main",
          }),
          profile({
            profileId: "openai:manual",
            provider: "openai",
            type: "api_key",
            expiresAt: null,
            status: "static",
            isRefreshable: false,
            verdict: "warning",
            verdictReason: "disabled",
            unusable: { kind: "disabled", reason: "billing", until: at(300), model: null },
          }),
          profile({ owner: "ops", profileId: 'an"odd\\id\nof\u0000two <script>alert(1)</script>', status: "missing" }),
          profile({
            owner: "ops",
            profileId: "anthropic:new",
            unusable: { kind: "cooldown", reason: "a_word_of_next_year", until: at(10), model: null },
          }),
        ],
      }),
      installation({
        id: "codex",
        kind: "login",
        stores: [store({ owner: "_cli", format: "codex-login" })],
        agents: [],
        profiles: [profile({ owner: "_cli", profileId: "openai-codex:login", provider: "openai-codex" })],
      }),
    ],
  });
}

/** Agents with five profiles each. */
export function fleet(agents: number, now = NOW): Snapshot {
  const ids = Array.from({ length: agents }, (_, index) => `agent-${index}`);
  const report = installation({
    agents: ids.map((id) => agent({ id })),
    stores: ids.map((owner) => store({ owner })),
    profiles: ids.flatMap((owner) =>
      Array.from({ length: 5 }, (_, index) =>
        profile({ owner, profileId: `anthropic:profile-${index}`, lastUsedAt: now, lastFailureAt: now }),
      ),
    ),
  });
  return snapshot({ generatedAt: now, at: now, installations: [report] });
}

/** Alerts of which every metric has something to say. */
export function richFigures(now: Date): AlertFigures {
  const suppressed = new Map([
    ["unchanged", 4],
    ["silenced", 1],
  ]);
  const outcomes = { delivered: 3, partial: 1, retried: 2, refused: 1, dead: 1 };
  const latency = { within: [0, 1, 1, 2, 2, 2, 3, 3, 3, 3], count: 3, sumSeconds: 65.5 };
  return {
    channels: [
      { channel: "ops", outcomes, suppressed, latency, pending: 1, dead: 2, oldestPendingAt: minutesFromNow(-5, now) },
      { channel: "mail", outcomes, suppressed, latency, pending: 0, dead: 0, oldestPendingAt: null },
    ],
    conditions: new Map([
      ["info", 0],
      ["warning", 1],
      ["critical", 2],
    ]),
    silences: 1,
    isStoreUp: false,
  };
}
