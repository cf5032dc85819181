import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHostReader } from "../src/discovery/host.ts";
import { checkCode } from "../src/exit-code.ts";
import { judge } from "../src/judge/judge.ts";
import { DEFAULT_POLICY } from "../src/policy.ts";
import type { AgentReport, InstallationReport, ProfileReport, Snapshot } from "../src/snapshot.ts";
import { createStoreReader } from "../src/stores/read.ts";
import { GENERATIONS, type ScenarioInput, writeScenario } from "./golden-home.ts";

interface Answer {
  readonly profiles?: Readonly<Record<string, string>>;
  readonly providers?: Readonly<Record<string, string>>;
  readonly effective?: Readonly<Record<string, readonly string[]>>;
  readonly unusable?: readonly {
    readonly profileId: string;
    readonly kind: string;
    readonly reason?: string;
    readonly until: number;
  }[];
}

interface Scenario {
  readonly input: ScenarioInput;
  readonly expected: readonly (number | null)[];
  readonly byVersion: Readonly<Record<string, Answer>>;
}

const golden = JSON.parse(readFileSync(new URL("fixtures/golden/scenarios.json", import.meta.url), "utf8")) as {
  readonly now: number;
  readonly scenarios: Readonly<Record<string, Scenario>>;
};
const matrix = JSON.parse(
  readFileSync(new URL("fixtures/golden/profile-status-matrix.json", import.meta.url), "utf8"),
) as {
  readonly profiles: Readonly<
    Record<
      string,
      {
        credential: unknown;
        byVersion: Record<string, { status: string; reasonCode?: string; providerStatus: string } | null>;
      }
    >
  >;
};
const NOW = new Date(golden.now);
const NEWEST = "2026.9.6";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "golden-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function look(env: Readonly<Record<string, string>> = {}): Snapshot {
  const stores = createStoreReader({ digest: (secret) => `digest of ${secret.length}` });
  const options = { homes: [home], stateDirs: [], logins: true, keychain: false, env: { HOME: home, ...env } };
  const reading = createHostReader(options, stores).read(NOW);
  return judge(reading, { policy: DEFAULT_POLICY, observations: { since: () => null }, home, readAt: NOW }, NOW)
    .snapshot;
}

const cases = Object.entries(golden.scenarios).flatMap(([name, scenario]) =>
  GENERATIONS.map((generation) => ({ name, generation, scenario })),
);

describe("the real CLI's scenarios, stored by every generation", () => {
  test.each(cases)("$name, $generation", ({ generation, scenario: { input, expected, byVersion } }) => {
    writeScenario(home, input, generation);
    const snapshot = look(input.env);
    const agents = input.ag === undefined ? [] : [input.ag];
    const codes = (["all", "in-use"] as const).map((scope) =>
      checkCode(snapshot, { judge: "status", scope, agents, providers: [] }),
    );
    codes.push(checkCode(snapshot, { judge: "verdict", scope: "all", agents, providers: [] }));
    expect(codes.map((code, at) => (expected[at] === null ? null : code))).toEqual(expected);
    const answer = byVersion[NEWEST];
    if (answer?.profiles !== undefined) expectSameAnswer(snapshot, input.ag, answer);
  });
});

function expectSameAnswer(snapshot: Snapshot, agentId: string | undefined, answer: Answer): void {
  const installation = snapshot.installations[0] as InstallationReport;
  const agent = installation.agents.find(({ id }) => id === (agentId ?? installation.agents[0]?.id)) as AgentReport;
  const rows = agent.profiles.map(
    ({ owner, profileId }) =>
      installation.profiles.find((p) => p.owner === owner && p.profileId === profileId) as ProfileReport,
  );
  expect(
    Object.fromEntries(rows.map((row) => [row.profileId, wordsOf(row, answer.profiles?.[row.profileId])])),
  ).toEqual(answer.profiles);
  const stored = agent.providers.filter(({ total }) => total > 0);
  expect(Object.fromEntries(stored.map(({ provider, status }) => [provider, status]))).toEqual(answer.providers);
  expect(Object.fromEntries(stored.map(({ provider, order }) => [provider, order]))).toEqual(answer.effective ?? {});
  const unusable = agent.profiles.flatMap(({ profileId, provider, unusable: found }) =>
    found === null
      ? []
      : [{ profileId, provider, kind: found.kind, reason: found.reason, until: found.until.getTime() }],
  );
  expect(unusable).toEqual(answer.unusable);
}

/** Upstream gives no reason for some states of OAuth; there ours is not compared. */
function wordsOf({ status, reasonCode }: ProfileReport, theirs = ""): string {
  return theirs.includes(":") ? `${status}:${reasonCode}` : status;
}

describe("the real CLI's status of every odd credential", () => {
  test.each(GENERATIONS)("%s", (generation) => {
    const profiles = Object.fromEntries(
      Object.entries(matrix.profiles).map(([id, { credential }]) => [id, credential]),
    );
    writeScenario(home, { store: { profiles } }, generation);
    const [installation] = look().installations;
    const ours = Object.fromEntries(
      Object.entries(matrix.profiles).map(([id, { byVersion }]) => {
        const row = installation?.profiles.find(({ profileId }) => profileId === id);
        if (row === undefined) return [id, null];
        const provider = installation?.agents[0]?.providers.find((one) => one.provider === row.provider);
        const reason = byVersion[NEWEST]?.reasonCode === undefined ? {} : { reasonCode: row.reasonCode };
        return [id, { status: row.status, ...reason, providerStatus: provider?.status }];
      }),
    );
    const theirs = Object.fromEntries(
      Object.entries(matrix.profiles).map(([id, { byVersion }]) => {
        const answer = byVersion[NEWEST] ?? null;
        if (answer === null) return [id, null];
        const reason = answer.reasonCode === undefined ? {} : { reasonCode: answer.reasonCode };
        return [id, { status: answer.status, ...reason, providerStatus: answer.providerStatus }];
      }),
    );
    expect(ours).toEqual(theirs);
  });
});
