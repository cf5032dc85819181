import { join } from "node:path";
import { startChild } from "./child.ts";
import { type Count, countFacts } from "./count.ts";
import { createDisk } from "./disk.ts";
import { startRelay } from "./relay.ts";
import { stepsFor } from "./world.ts";

const MINUTE = 60_000;
const START = new Date("2026-03-01T12:00:00Z").getTime();

/**
 * The disk fills up, and five minutes later there is room again. `restart`: meanwhile the process is killed and started
 * again, and knows from the room it kept what it had told. `no reserve`: that room fills up too, and it has to remember.
 */
export async function runFullDisk(during: "restart" | "no reserve"): Promise<Count> {
  const agents = 7;
  const disk = createDisk();
  // A limit on files is no full disk: making room does not help against it.
  const restarts = during === "restart" && disk.kind === "tmpfs";
  const relay = await startRelay();
  const start = () => startChild({ storage: join(disk.path, "state"), url: relay.url, agents, killAt: 0 });
  let child = start();
  const pidOf = (): number => child.process.pid ?? 0;
  try {
    let at = START;
    for (let step = 0; step < stepsFor(agents); step += 1, at += MINUTE) {
      if (step === 2) disk.fill(pidOf());
      if (step === 3 && during === "no reserve") disk.fill(pidOf());
      if (step === 5 && restarts) {
        child.process.kill("SIGKILL");
        await child.end();
        child = start();
      }
      if (step === 7) disk.free(pidOf());
      const isDone = await child.run({ step, at, until: at + (step === stepsFor(agents) - 1 ? 60 : 1) * MINUTE - 1 });
      if (!isDone) throw new Error("the process died of a full disk");
    }
    await child.end();
    return countFacts(`disk full (${disk.kind}), ${restarts ? during : "no reserve"}`, agents, relay.received);
  } finally {
    child.process.kill("SIGKILL");
    await child.end();
    await relay.close();
    disk.remove();
  }
}
