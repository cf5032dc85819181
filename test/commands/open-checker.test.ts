import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openReaders } from "../../src/commands/open-checker.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { renderSnapshotJson } from "../../src/format/json.ts";
import { startReceiver } from "../channels/http-receiver.ts";
import { buildSnapshot } from "../snapshot-builder.ts";
import { makeSandbox, NOW } from "../stores/sandbox.ts";
import { waitFor } from "../wait.ts";

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

test("a reload keeps what other hosts said, and gives up the questions to those that nobody wants any more", async () => {
  const home = makeSandbox();
  const [fine, silent] = [await startReceiver(), await startReceiver()];
  const document = renderSnapshotJson(buildSnapshot(), 0);
  fine.behave((response) => response.writeHead(200).end(document));
  silent.behave(() => undefined);
  const answered: number[] = [];
  const load = (warnWithin: string, ...urls: readonly string[]) => {
    const remotes = urls.map((url) => ({ url, timeout: "2m" }));
    const file = {
      storage: { path: join(home, "kept") },
      discovery: { local: false },
      policy: { warnWithin },
      remotes,
    };
    return parseConfig(JSON.stringify(file), "config.yaml", {});
  };
  const beat = { now: () => NOW, onAnswer: () => answered.push(1) };
  const both = await load("1d", fine.url, silent.url);
  const { openChecker, remotes } = openReaders(both, { HOME: home }, beat);
  openChecker(both);
  const asked = remotes.ask();
  await waitFor("the answer", () => (answered.length > 0 ? true : null));
  const one = openChecker(await load("2d", fine.url));
  expect((await one.check(NOW)).remotes.map(({ isUp }) => isUp)).toEqual([true]);
  // Neither timeout nor answer ended the other one.
  await asked;
  expect([fine.received.length, silent.received.length, answered.length]).toEqual([1, 1, 1]);
  await Promise.all([fine.close(), silent.close()]);
});
