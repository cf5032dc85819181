import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHostReader } from "../../src/discovery/host.ts";
import type { InstallationReading } from "../../src/discovery/installation.ts";
import { createStoreReader } from "../../src/stores/read.ts";
import { writeScenario } from "../golden-home.ts";

const TOKEN = { type: "token", provider: "anthropic", token: "sk-ant-oat01-CANARY" };
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "migration-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** JSON of an agent, left from before SQLite. */
function leave(agent: string): void {
  const directory = join(home, ".openclaw/agents", agent, "agent");
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, "auth-profiles.json"),
    JSON.stringify({ version: 1, profiles: { "anthropic:old": TOKEN } }),
  );
}

function read(): InstallationReading {
  const stores = createStoreReader({ digest: () => "digest" });
  const options = { homes: [home], stateDirs: [], logins: false, keychain: false, env: { HOME: home } };
  const [installation] = createHostReader(options, stores).read(new Date()).installations;
  if (installation === undefined) throw new Error("expected an installation");
  return installation;
}

function reasons({ stores }: InstallationReading): readonly string[] {
  return stores.flatMap(({ owner, problems }) => problems.map(({ reason }) => `${owner} ${reason}`));
}

test.each([
  {
    name: "main's JSON beside a filled shared store is a leftover",
    shared: { "anthropic:new": TOKEN },
    agent: "main",
    expected: [],
  },
  {
    name: "main's JSON beside an empty shared store was never imported",
    shared: {},
    agent: "main",
    expected: ["main migration_required"],
  },
  {
    name: "another agent's JSON goes into a database of its own",
    shared: { "anthropic:new": TOKEN },
    agent: "ops",
    expected: ["ops migration_required"],
  },
])("$name", ({ shared, agent, expected }) => {
  writeScenario(home, { store: { profiles: shared } }, "shared SQLite");
  leave(agent);
  const found = read();
  expect(reasons(found)).toEqual(expected);
  expect(found.stores.flatMap(({ credentials }) => credentials.map(({ profileId }) => profileId))).not.toContain(
    "anthropic:old",
  );
});
