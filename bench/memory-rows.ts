import { Agent } from "node:http";
import { join } from "node:path";
import { floorScript, PROGRAM, readResident, type RunningServer, startServer } from "./child.ts";
import { writeHome } from "./fixtures.ts";
import { formatMib, median, type Row } from "./measure.ts";
import { scrape, waitUntilReady } from "./scrape-rows.ts";

const CYCLES = 1_000;
const SAMPLES = 10;

/** Memory of a worker that has run for long, against a process that only loads the same libraries. */
export async function benchMemory(directory: string): Promise<readonly Row[]> {
  const home = writeHome(join(directory, "memory"), 100, "json").path;
  const listen = ["--web.listen-address", "127.0.0.1:0", "--web.enable-lifecycle"];
  const bare = await startServer({ args: [floorScript("bare-server.mjs")], home });
  const ours = await startServer({ args: [PROGRAM, "serve", ...listen], home });
  try {
    await waitUntilReady(ours.url);
    const floors: number[] = [];
    const samples: number[] = [];
    for (let cycle = 1; cycle <= CYCLES; cycle += 1) {
      await runCycle(ours);
      await Promise.all([bare, ours].map(async ({ url }) => scrape(`${url}/metrics`, "gzip", new Agent())));
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
        work: "serve, RSS after 1,000 cycles, 100 agents",
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

/** A reload ends with a check. */
async function runCycle({ url }: RunningServer): Promise<void> {
  const response = await fetch(`${url}/-/reload`, { method: "POST" });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`reload answered ${response.status}`);
}
