import { readFileSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { floorScript, PROGRAM, readResident, type RunningServer, startServer } from "./child.ts";
import { writeHome } from "./fixtures.ts";
import { formatMib, median, type Row } from "./measure.ts";
import { scrape, waitUntilReady } from "./scrape-rows.ts";

const AGENT = new Agent({ keepAlive: true, maxSockets: 1 });
const CALM_AGENT = new Agent({ keepAlive: true, maxSockets: 1 });

const CYCLES = 1_000;
const SAMPLES = 10;
/** A change every ten seconds or so, on a host where agents are busy. */
const CYCLES_PER_CHANGE = 40;

const UNIT = join(
  dirname(dirname(fileURLToPath(import.meta.url))),
  "deploy/systemd/system/agent-auth-exporter.service",
);

/**
 * Memory of a worker that has run for long, as its unit starts it, against a process that only loads the same libraries.
 * One worker checks about four times a second all the while, which is what makes V8 grow; another as often as it would.
 */
export async function benchMemory(directory: string): Promise<readonly Row[]> {
  const { path: home, stores } = writeHome(join(directory, "memory"), 100, "json");
  const calm = writeHome(join(directory, "calm"), 100, "json");
  const args = [...readNodeOptions(), PROGRAM, "serve", "--web.listen-address", "127.0.0.1:0"];
  const bare = await startServer({ args: [floorScript("bare-server.mjs")], home });
  const ours = await startServer({ args, home });
  const calmer = await startServer({ args, home: calm.path });
  try {
    await waitUntilReady(ours.url);
    await waitUntilReady(calmer.url);
    const floors: number[] = [];
    const samples: number[] = [];
    for (let cycle = 1; cycle <= CYCLES; cycle += 1) {
      await runCycle(ours, stores[cycle % stores.length] ?? "");
      if (cycle % CYCLES_PER_CHANGE === 0) {
        touch(calm.stores[cycle % calm.stores.length] ?? "");
        await scrape(`${calmer.url}/metrics`, "gzip", CALM_AGENT);
      }
      await scrape(`${bare.url}/metrics`, "gzip", AGENT);
      if (cycle % (CYCLES / SAMPLES) !== 0) continue;
      floors.push(readResident(bare.pid));
      samples.push(readResident(ours.pid));
    }
    const floor = median(floors.slice(-3));
    const used = median(samples.slice(-3));
    const calmUsed = readResident(calmer.pid);
    // The first half still fills caches and grows the heap to its working size.
    const growth = used / median(samples.slice(SAMPLES / 2 - 1, SAMPLES / 2 + 2));
    return [
      {
        work: "serve as its unit starts it, RSS after 1,000 cycles, 100 agents",
        floor: `bare fastify + prom-client ${formatMib(floor)}`,
        ours: formatMib(used),
        ratio: used / floor,
        goal: { kind: "at-most", ratio: 1.4 },
      },
      {
        work: "serve, RSS: cycle 1,000 over cycle 500",
        floor: samples.map((kib) => Math.round(kib / 1_024)).join(" "),
        ours: formatMib(used),
        ratio: growth,
        goal: { kind: "at-most", ratio: 1.05 },
      },
      {
        work: `serve as its unit starts it, RSS after ${CYCLES / CYCLES_PER_CHANGE} cycles in the same time`,
        floor: `bare fastify + prom-client ${formatMib(floor)}`,
        ours: formatMib(calmUsed),
        ratio: calmUsed / floor,
        goal: { kind: "at-most", ratio: 1.4 },
      },
    ];
  } finally {
    await Promise.all([bare.stop(), ours.stop(), calmer.stop()]);
  }
}

function readNodeOptions(): readonly string[] {
  const [, options] = /^Environment="NODE_OPTIONS=(.+)"$/m.exec(readFileSync(UNIT, "utf8")) ?? [];
  if (options === undefined) throw new Error(`${UNIT} says nothing of NODE_OPTIONS`);
  return options.split(" ");
}

/** Changes one store and waits until the worker has noticed and checked; each look at its metrics is a scrape. */
async function runCycle(server: RunningServer, store: string): Promise<void> {
  const before = await readCheckedAt(server);
  touch(store);
  for (let attempt = 0; attempt < 500; attempt += 1) {
    await setTimeout(20);
    if ((await readCheckedAt(server)) !== before) return;
  }
  throw new Error("no check within ten seconds of a change");
}

function touch(store: string): void {
  const content = JSON.parse(readFileSync(store, "utf8")) as Record<string, unknown>;
  writeFileSync(store, JSON.stringify({ ...content, touchedAt: Date.now() }));
}

async function readCheckedAt({ url }: RunningServer): Promise<string> {
  const { body } = await scrape(`${url}/metrics`, "gzip", AGENT);
  const [, value] = /^agent_auth_last_check_timestamp_seconds (\S+)$/m.exec(gunzipSync(body).toString()) ?? [];
  if (value === undefined) throw new Error("the metrics do not say when the last check was");
  return value;
}
