import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wireChecker } from "../../src/commands/open-checker.ts";
import { DEFAULT_CONFIG } from "../../src/config/config.ts";
import { writeDemoHome } from "../../src/demo/home.ts";
import { type Snapshot, STATUSES, UNUSABLE_KINDS, VERDICTS } from "../../src/snapshot.ts";
import { createTemporaryHome } from "../run-cli.ts";

const NOW = new Date("2026-09-21T14:13:20Z");
const LATER = new Date(NOW.getTime() + 240_000);

const home = createTemporaryHome();
let snapshot: Snapshot;

beforeAll(async () => {
  writeDemoHome(join(home.path, "demo"), NOW);
  const config = { ...DEFAULT_CONFIG, storage: { path: join(home.path, "storage") } };
  const { checker } = wireChecker(config, { HOME: join(home.path, "demo") });
  await checker.check(NOW);
  // A refresh counts as stuck once it has been watched for three minutes.
  snapshot = await checker.check(LATER);
});

afterAll(() => home.remove());

function profiles() {
  return snapshot.installations.flatMap((installation) => installation.profiles);
}

function agents() {
  return snapshot.installations.flatMap((installation) => installation.agents);
}

test("holds every status, verdict and kind of window", () => {
  expect(STATUSES.filter((status) => !profiles().some((profile) => profile.status === status))).toEqual([]);
  expect(VERDICTS.filter((verdict) => !profiles().some((profile) => profile.verdict === verdict))).toEqual([]);
  expect(UNUSABLE_KINDS.filter((kind) => !profiles().some(({ unusable }) => unusable?.kind === kind))).toEqual([]);
});

test("holds every reason of a profile's verdict that needs no setting", () => {
  expect([...new Set(profiles().map(({ verdictReason }) => verdictReason))].toSorted()).toEqual([
    "blocked",
    "cooldown",
    "disabled",
    "expired",
    "expiring",
    "implausible_window",
    "invalid_expires",
    "malformed_api_key",
    "missing_credential",
    "ok",
    "refresh_failed",
    "refresh_failing",
    "refresh_stuck",
    "refreshable",
    "setup_inactive",
    "shared_refresh_token",
    "unresolved_ref",
  ]);
});

test("holds agents that can answer, cannot, and are not known to", () => {
  expect([...new Set(agents().map(({ canAnswer }) => `${canAnswer}`))].toSorted()).toEqual(["false", "null", "true"]);
  expect([...new Set(agents().map(({ reason }) => reason))].toSorted()).toEqual([
    "bad_json",
    "config_invalid",
    "fallback_without_credential",
    "last_credential",
    "migration_required",
    "no_usable_credential",
    "not_set_up",
    "ok",
  ]);
});

test("holds every generation of stores and several logins", () => {
  const formats = snapshot.installations.flatMap(({ stores }) => stores.map(({ format }) => format));
  expect([...new Set(formats)].toSorted()).toEqual([
    "agent-sqlite",
    "auth-profiles-json",
    "auth-profiles-split",
    "claude-code",
    "codex",
    "gemini",
    "legacy-oauth-json",
    "shared-sqlite",
  ]);
});

test("every file is private but for the one that shows what is not, and no database is left open", () => {
  const root = join(home.path, "demo");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(root, name)).isFile(),
  );
  expect(files.filter((name) => (statSync(join(root, name)).mode & 0o077) !== 0)).toEqual([
    ".openclaw-phone/agents/night/agent/auth-profiles.json",
  ]);
  expect(files.filter((name) => /-(?:wal|shm|journal)$/.test(name))).toEqual([]);
});

test("every secret is marked as invented", () => {
  const root = join(home.path, "demo");
  const text = readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((name) => join(root, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "latin1"))
    .join("\n");
  const values = [...text.matchAll(/"(?:token|key|access|refresh|\w+_token|\w+Token)":\s?"([^"]+)"/g)].map(
    (match) => match[1] ?? "",
  );
  const isMarked = (value: string) => value.includes("CANARY") || value.startsWith("openclaw-oauth-refresh-fence:");
  expect(values.length).toBeGreaterThan(20);
  // The claims of a JWT are encoded, its signature is not.
  expect(values.filter((value) => !isMarked(value))).toEqual([]);
});
