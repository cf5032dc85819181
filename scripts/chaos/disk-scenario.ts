import { join } from "node:path";
import { startChild } from "./child.ts";
import { type Count, countFacts } from "./count.ts";
import { createDisk } from "./disk.ts";
import { startRelay } from "./relay.ts";
import { stepsFor } from "./world.ts";

const MINUTE = 60_000;
const START = new Date("2026-03-01T12:00:00Z").getTime();

/** The disk fills up, the process is killed and started again on the full disk, and then there is room again. */
export async function runFullDisk(): Promise<Count> {
  const agents = 7;
  const disk = createDisk();
  const relay = await startRelay();
  const start = () => startChild({ storage: join(disk.path, "state"), url: relay.url, agents, killAt: 0 });
  let child = start();
  const pidOf = (): number => child.process.pid ?? 0;
  try {
    let at = START;
    for (let step = 0; step < stepsFor(agents); step += 1, at += MINUTE) {
      if (step === 2) disk.fill(pidOf());
      if (step === 5) {
        child.process.kill("SIGKILL");
        await child.end();
        child = start();
        if (disk.kind !== "tmpfs") disk.fill(pidOf());
      }
      if (step === 7) disk.free(pidOf());
      const isDone = await child.run({ step, at, until: at + (step === stepsFor(agents) - 1 ? 60 : 1) * MINUTE - 1 });
      if (!isDone) throw new Error("the process died of a full disk");
    }
    await child.end();
    return countFacts(`disk full for 5 min (${disk.kind}), restart on it`, agents, relay.received);
  } finally {
    child.process.kill("SIGKILL");
    await child.end();
    await relay.close();
    disk.remove();
  }
}
