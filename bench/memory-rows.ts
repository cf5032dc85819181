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

const CYCLES = 1_000;
const SAMPLES = 10;

const UNIT = join(
  dirname(dirname(fileURLToPath(import.meta.url))),
  "deploy/systemd/system/agent-auth-exporter.service",
);

/**
 * Memory of a worker that has run for long, as its unit starts it, against a process that only loads the same libraries.
 * It checks about four times a second all the while, and nothing else asks V8 for so much of its growth.
 */
export async function benchMemory(directory: string): Promise<readonly Row[]> {
  const { path: home, stores } = writeHome(join(directory, "memory"), 100, "json");
  const bare = await startServer({ args: [floorScript("bare-server.mjs")], home });
  const args = [...readNodeOptions(), PROGRAM, "serve", "--web.listen-address", "127.0.0.1:0"];
  const ours = await startServer({ args, home });
  try {
    await waitUntilReady(ours.url);
    const floors: number[] = [];
    const samples: number[] = [];
    for (let cycle = 1; cycle <= CYCLES; cycle += 1) {
      await runCycle(ours, stores[cycle % stores.length] ?? "");
      await scrape(`${bare.url}/metrics`, "gzip", AGENT);
      if (cycle % (CYCLES / SAMPLES) !== 0) continue;
      floors.push(readResident(bare.pid));
      samples.push(readResident(ours.pid));
    }
    const floor = median(floors.slice(-3));
    const used = median(samples.slice(-3));
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
    ];
  } finally {
    await Promise.all([bare.stop(), ours.stop()]);
  }
}

function readNodeOptions(): readonly string[] {
  const [, options] = /^Environment=NODE_OPTIONS=(.+)$/m.exec(readFileSync(UNIT, "utf8")) ?? [];
  if (options === undefined) throw new Error(`${UNIT} says nothing of NODE_OPTIONS`);
  return options.split(" ");
}

/** Changes one store and waits until the worker has noticed and checked; each look at its metrics is a scrape. */
async function runCycle(server: RunningServer, store: string): Promise<void> {
  const before = await readCheckedAt(server);
  const content = JSON.parse(readFileSync(store, "utf8")) as Record<string, unknown>;
  writeFileSync(store, JSON.stringify({ ...content, touchedAt: Date.now() }));
  for (let attempt = 0; attempt < 500; attempt += 1) {
    await setTimeout(20);
    if ((await readCheckedAt(server)) !== before) return;
  }
  throw new Error("no check within ten seconds of a change");
}

async function readCheckedAt({ url }: RunningServer): Promise<string> {
  const { body } = await scrape(`${url}/metrics`, "gzip", AGENT);
  const [, value] = /^agent_auth_last_check_timestamp_seconds (\S+)$/m.exec(gunzipSync(body).toString()) ?? [];
  if (value === undefined) throw new Error("the metrics do not say when the last check was");
  return value;
}
