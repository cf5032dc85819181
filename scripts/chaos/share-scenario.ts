import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "./child.ts";
import { type Count, countFacts } from "./count.ts";
import { startRelay } from "./relay.ts";
import { stepsFor } from "./world.ts";

const MINUTE = 60_000;
const START = new Date("2026-03-01T12:00:00Z").getTime();

/** Several processes see the same at the same moment and share the file, as `serve` and `check --notify` may. */
export async function runSideBySide(processes: number, agents: number): Promise<Count> {
  const storage = mkdtempSync(join(tmpdir(), "agent-auth-chaos-"));
  const relay = await startRelay();
  const children = Array.from({ length: processes }, () => startChild({ storage, url: relay.url, agents, killAt: 0 }));
  try {
    for (let step = 0; step < stepsFor(agents); step += 1) {
      const at = START + step * MINUTE;
      // No clock runs ahead here: it would take over what another process is sending.
      await Promise.all(children.map((child) => child.run({ step, at, until: at })));
    }
    await Promise.all(children.map((child) => child.end()));
    return countFacts(`${processes} processes at once`, agents, relay.received);
  } finally {
    for (const child of children) child.process.kill("SIGKILL");
    await relay.close();
    rmSync(storage, { recursive: true, force: true });
  }
}
