import { expect, test } from "vitest";
import type { Heartbeat } from "../src/heartbeat.ts";
import { createLogger } from "../src/log.ts";
import { createExposition } from "../src/metrics/expose.ts";
import type { Snapshot } from "../src/snapshot.ts";
import { createWorker } from "../src/worker.ts";
import { buildSnapshot, inHours, NOW } from "./snapshot-builder.ts";

/** Its schedule goes on by the hour with each check. */
async function makeWorker(check: () => Promise<Snapshot>, heartbeat: Heartbeat | null = null) {
  let checks = 0;
  const exposition = await createExposition({
    emails: "masked",
    maxSeries: 10_000,
    hasRuntime: false,
    isDemo: false,
    build: { version: "0.1.0", revision: "abc", nodeVersion: "v24.0.0" },
    now: NOW,
  });
  return createWorker({
    checker: () => ({
      check() {
        checks += 1;
        return check();
      },
    }),
    exposition,
    warnings: () => [],
    nextRuns: (count) => Array.from({ length: count }, (_, index) => inHours(checks + index)),
    onSnapshot: () => undefined,
    onMetrics: () => undefined,
    heartbeat: () => heartbeat,
    log: await createLogger({ level: "silent", format: "json" }),
    commandOptions: () => "",
    now: () => NOW,
    isDemo: false,
  });
}

test("a worker is overdue when the third run from now has not happened", async () => {
  const worker = await makeWorker(async () => buildSnapshot());
  await worker.run("start");
  expect(worker.state).toMatchObject({ lastCheckAt: NOW, nextCheckAt: inHours(1), overdueAt: inHours(3) });
});

test("a check that broke off postpones nothing", async () => {
  let isBroken = false;
  const worker = await makeWorker(async () => {
    if (isBroken) throw new Error("broke off");
    return buildSnapshot();
  });
  await worker.run("start");
  isBroken = true;
  await worker.run("schedule");
  expect(worker.state).toMatchObject({ nextCheckAt: inHours(2), overdueAt: inHours(3) });
});

test("a heartbeat follows the schedule, not the answers of other hosts", async () => {
  const beats: string[] = [];
  const note = (beat: string) => () => void beats.push(beat);
  const heartbeat = { start: note("start"), end: note("end"), settle: async () => undefined };
  const worker = await makeWorker(async () => buildSnapshot(), heartbeat);
  for (const reason of ["start", "remote", "schedule"] as const) await worker.run(reason);
  expect(beats).toEqual(["start", "end", "start", "end"]);
});
