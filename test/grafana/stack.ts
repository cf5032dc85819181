import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SAMPLES } from "../../scripts/packed-package.ts";
import { listen, startReceiver } from "../channels/http-receiver.ts";
import { startServe } from "../run-serve.ts";
import { waitFor } from "../wait.ts";

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Of an instant query. */
  readonly value?: readonly [number, string];
  /** Of a range query. */
  readonly values?: readonly (readonly [number, string])[];
}

export interface Stack {
  /** What holds now. */
  query(expr: string): Promise<readonly Series[]>;
  /** The last minute, in steps of a second. */
  queryRange(expr: string): Promise<readonly Series[]>;
  labelValues(label: string, selector: string): Promise<readonly string[]>;
  /**
   * In the demo a cooldown ends, and a store that was read before is cut short; where somebody is told, the token
   * expires.
   */
  change(): void;
  stop(): Promise<void>;
}

export const DEMO = "agent-auth";
export const TOLD = "told";
export const HEALTHY = "healthy";

/**
 * A Prometheus that scrapes the demo, twice as if it came from two hosts with the same `instance`, beside an exporter
 * that is down; a host that tells three channels about its token: one that takes messages, one that refuses them, one
 * that is down; a host on which nothing is wrong, which the one before watches too; and what is no exporter at all.
 */
export async function startStack(prometheus: string): Promise<Stack> {
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-grafana-"));
  const receiver = await startReceiver();
  receiver.behave((response, { path }) => response.writeHead(path === "/refuses" ? 404 : 204).end());
  const quick = writeConfig(join(directory, "quick.json"), {});
  const demoHome = join(directory, "demo");
  const demo = await startServe(["--dir", demoHome, "--config.file", quick], { home: directory, command: "demo" });
  const toldHome = makeHome(directory, "told");
  const healthy = await startServe(["--config.file", quick], { home: makeHome(directory, "healthy") });
  const more = { ...tellThree(receiver.url), remotes: [{ url: healthy.url }] };
  const full = writeConfig(join(directory, "full.json"), more);
  const told = await startServe(["--config.file", full], { home: toldHome });
  const programs = [demo, told, healthy];

  const address = `127.0.0.1:${await freePort()}`;
  const api = `http://${address}`;
  const scrape = join(directory, "prometheus.yml");
  writeFileSync(scrape, scrapeText(demo.url.slice(7), told.url.slice(7), healthy.url.slice(7), address));
  const scraper = spawn(
    prometheus,
    [`--config.file=${scrape}`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=${address}`],
    { stdio: "ignore" },
  );
  await waitFor("Prometheus", async () => ((await fetch(`${api}/-/ready`)).ok ? true : null));

  async function ask<T>(path: string, parameters: Readonly<Record<string, string>>): Promise<T> {
    const answer = await fetch(`${api}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const { data, error } = (await answer.json()) as { data?: T; error?: string };
    if (data === undefined) throw new Error(`${error} in ${JSON.stringify(parameters)}`);
    return data;
  }

  const query: Stack["query"] = async (expr) =>
    (await ask<{ result: readonly Series[] }>("query", { query: expr })).result;
  await waitFor("two scrapes of everything", async () => {
    const seen = await query("count_over_time(agent_auth_demo[1m]) > 1");
    return seen.length === 4 ? seen : null;
  });

  return {
    query,
    queryRange: async (expr) => {
      const end = Date.now() / 1000;
      const parameters = { query: expr, start: String(end - 60), end: String(end), step: "1" };
      return (await ask<{ result: readonly Series[] }>("query_range", parameters)).result;
    },
    labelValues: (label, selector) => ask(`label/${label}/values`, { "match[]": selector }),
    change() {
      const agents = join(demoHome, ".clawdbot/agents");
      const main = join(agents, "main/agent/auth-profiles.json");
      const store = JSON.parse(readFileSync(main, "utf8")) as object;
      writeFileSync(main, JSON.stringify({ ...store, usageStats: {} }));
      writeFileSync(join(agents, "home/agent/auth-profiles.json"), '{"profiles":');
      writeSample(toldHome, "an expired token");
    },
    async stop() {
      const ended = new Promise((resolve) => scraper.once("exit", resolve));
      for (const program of programs) program.signal("SIGTERM");
      scraper.kill();
      await Promise.all([ended, ...programs.map((program) => program.ended), receiver.close()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function makeHome(directory: string, name: string): string {
  const home = join(directory, name);
  mkdirSync(home);
  writeSample(home, "a healthy store");
  return home;
}

function writeSample(home: string, sample: string): void {
  SAMPLES.find(({ name }) => name === sample)!.writeHome(home, new Date());
}

/** Checks every second, so that rates have something to count. */
function writeConfig(path: string, more: object): string {
  writeFileSync(path, JSON.stringify({ schedule: "* * * * * *", ...more }));
  return path;
}

function tellThree(url: string): object {
  // Nothing listens on port 9, discard.
  const down = "http://127.0.0.1:9/CANARY";
  const urls = { takes: `${url}/takes`, refuses: `${url}/refuses`, down };
  const channels = Object.entries(urls).map(([name, at]) => ({ name, type: "webhook", url: at }));
  return { channels, heartbeat: { url: down } };
}

function scrapeText(demo: string, told: string, healthy: string, self: string): string {
  const hosts = ["one", "two"].map((host) => ({ targets: [demo], labels: { host, instance: "127.0.0.1:10884" } }));
  const down = { targets: ["127.0.0.1:9"], labels: { host: "three" } };
  return JSON.stringify({
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: [
      { job_name: DEMO, static_configs: [...hosts, down] },
      { job_name: TOLD, static_configs: [{ targets: [told] }] },
      { job_name: HEALTHY, static_configs: [{ targets: [healthy] }] },
      // None of ours: Prometheus itself, and something that is down.
      { job_name: "strangers", static_configs: [{ targets: [self, "127.0.0.1:9"] }] },
    ],
  });
}

async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await listen(probe);
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
