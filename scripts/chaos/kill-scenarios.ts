import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { type Child, startChild } from "./child.ts";
import { addCounts, type Count, countFacts } from "./count.ts";
import { type Relay, startRelay } from "./relay.ts";
import { stepsFor } from "./world.ts";

const MINUTE = 60_000;
const START = new Date("2026-03-01T12:00:00Z").getTime();
const AFTERWARDS = 60 * MINUTE;

interface KillPlan {
  readonly agents: number;
  /** Prepares the relay for the process that is to die. */
  readonly arm?: (child: Child, relay: Relay) => void;
  readonly killAt?: number;
}

/** The world to its end, by one process that dies and another that takes over where it fell. */
async function runToTheEnd(
  name: string,
  { agents, arm, killAt = 0 }: KillPlan,
): Promise<Count & { boundaries: readonly string[] }> {
  const storage = mkdtempSync(join(tmpdir(), "agent-auth-chaos-"));
  const relay = await startRelay();
  try {
    let child = startChild({ storage, url: relay.url, agents, killAt });
    const { boundaries } = child;
    arm?.(child, relay);
    let at = START;
    for (let step = 0; step < stepsFor(agents); at += MINUTE) {
      const isLast = step === stepsFor(agents) - 1;
      if (await child.run({ step, at, until: at + (isLast ? AFTERWARDS : MINUTE - 1) })) {
        step += 1;
        continue;
      }
      await child.end();
      relay.beforeAnswer = () => undefined;
      relay.treat = () => "accept";
      // What is wrong at this moment still is when the next process looks, a minute later.
      child = startChild({ storage, url: relay.url, agents, killAt: 0 });
    }
    await child.end();
    return { ...countFacts(name, agents, relay.received), boundaries };
  } finally {
    await relay.close();
    rmSync(storage, { recursive: true, force: true });
  }
}

/** Names of all boundaries that a run crosses, in order. */
async function findBoundaries(agents: number): Promise<readonly string[]> {
  const { boundaries, lost } = await runToTheEnd("undisturbed", { agents, arm: (_, relay) => failFirst(relay) });
  if (lost > 0) throw new Error("facts are lost without any disturbance");
  return boundaries;
}

/** `kill -9` at the boundaries that are chosen: by default at each one, else at the first of each name. */
export async function runKillsAtBoundaries(agents: number, choose: "each" | "first-of-each-name"): Promise<Count> {
  const boundaries = await findBoundaries(agents);
  const chosen = [...boundaries.keys()].filter(
    (index) => choose === "each" || boundaries.indexOf(boundaries[index] ?? "") === index,
  );
  const counts = await inParallel(chosen, (index) =>
    runToTheEnd("boundary", { agents, killAt: index + 1, arm: (_, relay) => failFirst(relay) }),
  );
  const names = new Set(boundaries).size;
  return addCounts(`kill -9 at ${counts.length} boundaries of ${names} kinds`, counts);
}

/** `kill -9` when the relay has the message and has not answered yet, at each message in turn. */
export async function runKillsBeforeAnswer(agents: number, messages: number): Promise<Count> {
  const counts = await inParallel([...Array(messages).keys()], (victim) => {
    let answered = 0;
    const arm = (child: Child, relay: Relay): void => {
      relay.beforeAnswer = () => {
        if (answered === victim) child.process.kill("SIGKILL");
        answered += 1;
      };
    };
    return runToTheEnd("before the answer", { agents, arm });
  });
  return addCounts(`kill -9 before ${messages} answers`, counts);
}

/** `kill -9` at random moments between the first boundary and what would be the end. */
export async function runRandomKills(agents: number, kills: number, random: () => number): Promise<Count> {
  const lifeMs = await measureLife(agents);
  const moments = Array.from({ length: kills }, () => random() * lifeMs);
  const counts = await inParallel(moments, async (momentMs) => {
    let timer: NodeJS.Timeout | undefined;
    const arm = (child: Child, relay: Relay): void => {
      failFirst(relay);
      const strike = (): void => void (timer = setTimeout(() => child.process.kill("SIGKILL"), momentMs));
      child.started.then(strike, strike);
    };
    const count = await runToTheEnd("random", { agents, arm });
    clearTimeout(timer);
    return count;
  });
  return addCounts(`kill -9 at ${kills} random moments`, counts);
}

async function measureLife(agents: number): Promise<number> {
  const times: number[] = [];
  const arm = (child: Child, relay: Relay): void => {
    failFirst(relay);
    const note = (): void => void times.push(performance.now());
    child.started.then(note, note);
    child.process.once("close", note);
  };
  await runToTheEnd("undisturbed", { agents, arm });
  return (times.at(-1) ?? 0) - (times[0] ?? 0);
}

/** As many at a time as there are processors, two at the most. */
async function inParallel<T>(tasks: readonly T[], run: (task: T) => Promise<Count>): Promise<readonly Count[]> {
  const waiting = [...tasks];
  const counts: Count[] = [];
  const work = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) counts.push(await run(task));
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
  return counts;
}

/** So that retries are under way too. */
function failFirst(relay: Relay): void {
  let attempts = 0;
  relay.treat = () => {
    attempts += 1;
    return attempts <= 2 ? "fail" : "accept";
  };
}
