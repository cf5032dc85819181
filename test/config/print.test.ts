import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_CONFIG } from "../../src/config/config.ts";
import { renderStarterConfig } from "../../src/config/init.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { maskSecrets, printConfig } from "../../src/config/print.ts";
import { parseDuration, renderDuration } from "../../src/duration.ts";
import { DEFAULT_REMOTE } from "../../src/remote/target.ts";

const EVERY_KEY = {
  ...DEFAULT_CONFIG,
  discovery: {
    homes: ["/home/*"],
    stateDirs: ["/srv/a b"],
    logins: false,
    keychain: true,
    local: true,
    shard: { index: 3, count: 8 },
  },
  policy: {
    warnWithinMs: 5_400_000,
    criticalWithinMs: 1_500,
    refreshGraceMs: 0,
    cooldownGraceMs: 61_000,
    staticTokenLifetimeMs: 365 * 86_400_000,
    staleAfterMs: 86_400_000,
  },
  labels: { emails: "plain" },
  storage: { path: "/srv" },
} as const;

test.each([
  ["the defaults", DEFAULT_CONFIG],
  ["every kind of value", EVERY_KEY],
])("what is printed reads back as the same config: %s", async (_name, config) => {
  expect(await parseConfig(printConfig(config), "printed.yaml", {})).toEqual(config);
});

test("a program is printed of the remotes that start it, for a file may have it of no other", () => {
  const remotes = ["https://vps.example.com", "ssh://ada@vps.example.com"].map((url) => ({ ...DEFAULT_REMOTE, url }));
  expect(printConfig({ ...DEFAULT_CONFIG, remotes }).match(/^ +(?:- )?(?:url|program):.*$/gm)).toEqual([
    '  - url: "[masked]"',
    '  - url: "[masked]"',
    "    program: agent-auth",
  ]);
});

test("durations are printed as people write them", () => {
  expect(printConfig(EVERY_KEY)).toContain(
    "policy:\n  warnWithin: 1h30m\n  criticalWithin: 1s500ms\n  refreshGrace: 0s\n  cooldownGrace: 1m1s\n" +
      "  staticTokenLifetime: 365d\n  staleAfter: 24h\n",
  );
});

test("every duration reads back as it was", () => {
  fc.assert(
    fc.property(fc.nat({ max: 4e12 }), (durationMs) => {
      expect(parseDuration(renderDuration(durationMs))).toBe(durationMs);
    }),
  );
});

test("a secret in a wrong place is not printed", () => {
  const printed = printConfig({ ...DEFAULT_CONFIG, storage: { path: "/srv/sk-ant-oat01-CANARY-0001" } });
  expect(printed).toContain("[redacted]");
  expect(printed).not.toContain("CANARY");
});

test("what the schema marks as secret is masked wherever it stands, and nothing else", () => {
  const server = { properties: { name: {}, password: { writeOnly: true } } };
  const schema = { properties: { servers: { items: server }, either: { anyOf: [{ type: "null" }, server] } } };
  const filled = { name: "a", password: "CANARY-of-no-shape" };
  const masked = { name: "a", password: "[masked]" };
  expect(maskSecrets({ servers: [filled], either: filled }, schema)).toEqual({ servers: [masked], either: masked });
  expect(maskSecrets({ password: null }, server)).toEqual({ password: null });
});

test("the starter file changes nothing, and neither does uncommenting all of it", async () => {
  const starter = renderStarterConfig();
  expect(await parseConfig(starter, "starter.yaml", {})).toEqual(DEFAULT_CONFIG);
  const uncommented = starter.replaceAll(/^( *)#(?! )/gm, "$1");
  expect(uncommented.match(/^ *\w+: .+$/gm)?.length).toBeGreaterThan(20);
  expect(await parseConfig(uncommented, "starter.yaml", {})).toEqual(DEFAULT_CONFIG);
  expect(Math.max(...starter.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
});
