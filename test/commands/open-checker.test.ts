import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openReaders } from "../../src/commands/open-checker.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { makeSandbox, NOW } from "../stores/sandbox.ts";

test("a reload while OpenClaw's config is broken keeps its agents, as long as the places are the same", async () => {
  const home = makeSandbox();
  const stateDir = join(home, ".openclaw");
  const openclawConfig = join(stateDir, "openclaw.json");
  mkdirSync(stateDir);
  writeFileSync(openclawConfig, JSON.stringify({ agents: { list: [{ id: "ops" }] } }));
  const load = (warnWithin: string, homes: readonly string[] = [home]) => {
    const file = { storage: { path: join(home, "kept") }, discovery: { homes }, policy: { warnWithin } };
    return parseConfig(JSON.stringify(file), "config.yaml", {});
  };
  const readers = openReaders(await load("1d"), { HOME: home });
  const agentsBy = async (config: Awaited<ReturnType<typeof load>>): Promise<readonly string[]> => {
    const { installations } = await readers.openChecker(config).check(NOW);
    return installations.flatMap(({ agents }) => agents.map(({ id }) => id));
  };
  expect(await agentsBy(await load("1d"))).toEqual(["ops"]);
  writeFileSync(openclawConfig, "{");
  expect(await agentsBy(await load("2d"))).toEqual(["ops"]);
  expect(await agentsBy(await load("2d", [home, join(home, "other")]))).not.toContain("ops");
});
