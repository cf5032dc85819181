import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import type { Condition } from "../src/alerts/condition.ts";
import { decide } from "../src/alerts/decide.ts";
import { type ChannelPolicy, DEFAULT_ALERT_POLICY } from "../src/alerts/policy.ts";
import { openAlertStore } from "../src/alerts/store-file.ts";
import { PROGRAM, startServer } from "./child.ts";
import { formatMs, interleave, percentile, type Row } from "./measure.ts";
import { waitUntilReady } from "./scrape-rows.ts";

const AGENTS = 50;
const PROMISE_MS = 2_000;
const CONDITIONS = 1_000;

/** From the moment in which a store's file changes until the message about it is at a receiver. */
export async function benchLatency(directory: string): Promise<readonly Row[]> {
  const home = join(directory, "latency");
  const agents = Array.from({ length: AGENTS }, (_, index) => (index === 0 ? "main" : `agent-${index}`));
  for (const agent of agents) writeToken(home, agent, null);
  const receiver = await startReceiver();
  const config = join(directory, "latency.yaml");
  const channels = [{ name: "bench", type: "webhook", url: `http://127.0.0.1:${receiver.port}/` }];
  writeFileSync(config, JSON.stringify({ alerts: { groupWait: "0s" }, channels }));
  const args = [PROGRAM, "serve", "--web.listen-address=127.0.0.1:0", `--config.file=${config}`];
  const ours = await startServer({ args, home });
  try {
    await waitUntilReady(ours.url);
    const latencies: number[] = [];
    for (const agent of agents) {
      const arrived = receiver.nextAbout(agent);
      const changedAt = performance.now();
      writeToken(home, agent, Date.now() - 60_000);
      latencies.push((await arrived) - changedAt);
    }
    return [50, 99].map((percent) => ({
      work: `alerts, store file changes to message received: p${percent} of ${AGENTS}`,
      floor: `promise ${formatMs(PROMISE_MS)}`,
      ours: formatMs(percentile(latencies, percent)),
      ratio: percentile(latencies, percent) / PROMISE_MS,
      goal: { kind: "at-most", ratio: 1 },
    }));
  } finally {
    await ours.stop();
    receiver.server.close();
  }
}

/** What alerts add to a cycle in which a thousand conditions hold and nothing changes. */
export async function benchUnchanged(directory: string): Promise<readonly Row[]> {
  const storage = join(directory, "unchanged");
  const now = new Date();
  const store = openAlertStore(storage, now);
  const conditions = Array.from({ length: CONDITIONS }, (_, index) => conditionOf(index, now));
  const cycle = (): number => {
    const set = { conditions, isUnknown: () => false, isUnwatched: () => false, homeOf: () => "there" as const };
    return store.decide((memory) => {
      const input = { conditions: set, memory, policy: DEFAULT_ALERT_POLICY, channels: [CHANNEL], now };
      const { changes, result } = decide({ ...input, newId: randomUUID });
      return { changes, result: result.length };
    });
  };
  cycle();
  const db = new DatabaseSync(join(storage, "alerts.sqlite"), { readOnly: true });
  const told = db.prepare("SELECT * FROM told");
  const episodes = db.prepare("SELECT * FROM episodes");
  try {
    const times = await interleave(60, {
      floor: () =>
        time(() => [...told.all(), ...episodes.all()].map(({ condition }) => JSON.parse(String(condition)) as unknown)),
      ours: () => time(cycle),
    });
    return [
      {
        work: "alerts, cycle over 1,000 firing and unchanged conditions",
        floor: `select and parse what was told ${formatMs(times.floor)}`,
        ours: formatMs(times.ours),
        ratio: times.ours / times.floor,
        goal: { kind: "at-most", ratio: 3 },
      },
    ];
  } finally {
    db.close();
    store.close();
  }
}

const CHANNEL: ChannelPolicy = {
  name: "bench",
  minSeverity: "info",
  match: [],
  sendResolved: true,
  quietHours: null,
  evening: null,
  refreshEveryMs: null,
};

function conditionOf(index: number, now: Date): Condition {
  const agent = `agent-${index}`;
  return {
    key: `openclaw/${agent}/anthropic:default/expiry`,
    installation: "openclaw",
    agent,
    provider: "anthropic",
    profile: "anthropic:default",
    family: "expiry",
    reason: "expired",
    severity: "critical",
    expiresAt: now,
    summary: `agent ${agent} cannot answer: its only anthropic credential expired`,
    action: `openclaw models auth login --provider anthropic --agent ${agent}`,
  };
}

function writeToken(home: string, agent: string, expires: number | null): void {
  const directory = join(home, ".openclaw/agents", agent, "agent");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const token = { type: "token", provider: "anthropic", token: `CANARY-${agent}`, ...(expires ? { expires } : {}) };
  const text = JSON.stringify({ version: 1, profiles: { "anthropic:default": token } });
  writeFileSync(join(directory, "auth-profiles.json"), text, { mode: 0o600 });
}

interface BenchReceiver {
  readonly server: Server;
  readonly port: number;
  /** Resolves to the moment in which a message about this agent is there. */
  nextAbout(agent: string): Promise<number>;
}

async function startReceiver(): Promise<BenchReceiver> {
  let awaited = { agent: "", arrive: (_at: number): void => undefined };
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      if (body.includes(`"agent":"${awaited.agent}"`)) awaited.arrive(performance.now());
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    server,
    port: (server.address() as AddressInfo).port,
    nextAbout: (agent) =>
      new Promise((resolve) => {
        awaited = { agent, arrive: resolve };
      }),
  };
}

function time(work: () => void): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}
