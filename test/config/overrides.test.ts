import { describe, expect, test } from "vitest";
import { type Config, DEFAULT_CONFIG } from "../../src/config/config.ts";
import { applyOverrides, type ConfigOverrides } from "../../src/config/overrides.ts";
import { UsageError } from "../../src/errors.ts";
import { DEFAULT_REMOTE } from "../../src/remote/target.ts";

const HOUR = 3_600_000;
const config: Config = {
  ...DEFAULT_CONFIG,
  discovery: { ...DEFAULT_CONFIG.discovery, homes: ["/home/*"], stateDirs: ["/srv/openclaw"] },
};

describe("applyOverrides", () => {
  test("nothing given changes nothing", async () => {
    expect(await applyOverrides(config, { homes: [], listenAddresses: [], logLevel: undefined })).toEqual(config);
  });

  test.each<[string, ConfigOverrides, Partial<Config>]>([
    ["schedule", { schedule: "@hourly" }, { schedule: "@hourly" }],
    ["storage, relative to here", { storagePath: "state" }, { storage: { path: `${process.cwd()}/state` } }],
    ["log", { logLevel: "trace", logFormat: "pretty" }, { log: { level: "trace", format: "pretty" } }],
    [
      "web",
      { listenAddresses: [":9100"], telemetryPath: "/m", enableLifecycle: true },
      { web: { ...config.web, listenAddress: [":9100"], telemetryPath: "/m", enableLifecycle: true } },
    ],
    [
      "a home replaces every place of the config",
      { homes: ["/root"] },
      { discovery: { ...config.discovery, homes: ["/root"], stateDirs: [] } },
    ],
    [
      "so does a state directory",
      { stateDirs: ["here"] },
      { discovery: { ...config.discovery, homes: [], stateDirs: [`${process.cwd()}/here`] } },
    ],
    [
      "another host stands in for this one",
      { remotes: ["https://vps"] },
      { discovery: { ...config.discovery, local: false }, remotes: [{ ...DEFAULT_REMOTE, url: "https://vps" }] },
    ],
    [
      "a home is looked at beside another host",
      { remotes: ["https://vps"], homes: ["/root"] },
      {
        discovery: { ...config.discovery, homes: ["/root"], stateDirs: [], local: true },
        remotes: [{ ...DEFAULT_REMOTE, url: "https://vps" }],
      },
    ],
    [
      "a shorter window takes the critical one along",
      { warnWithinMs: HOUR / 2 },
      { policy: { ...config.policy, warnWithinMs: HOUR / 2, criticalWithinMs: HOUR / 2 } },
    ],
    [
      "a longer one does not",
      { warnWithinMs: 48 * HOUR },
      { policy: { ...config.policy, warnWithinMs: 48 * HOUR, criticalWithinMs: HOUR } },
    ],
  ])("%s", async (_name, flags, differs) => {
    expect(await applyOverrides(config, flags)).toEqual({ ...config, ...differs });
  });

  test.each<[string, ConfigOverrides, string]>([
    ["schedule", { schedule: "hourly" }, '--schedule: expected a cron expression, got "hourly"; it has 1 field'],
    [
      "address",
      { listenAddresses: [":1", "x"] },
      '--web.listen-address: expected a listen address, got "x"; write host',
    ],
    ["path", { telemetryPath: "/-/x" }, '--web.telemetry-path: expected a URL path, got "/-/x"; "/-" is answered by'],
    ["a secret", { telemetryPath: "sk-ant-oat01-CANARY-0001" }, 'got "[redacted]"'],
  ])("refuses: %s", async (_name, flags, message) => {
    const refused = applyOverrides(config, flags);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(UsageError);
  });
});
