import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Count, countFacts } from "./count.ts";
import { type Relay, startRelay, type Treatment } from "./relay.ts";
import { createRig } from "./rig.ts";
import { stepsFor } from "./world.ts";

const MINUTE = 60_000;
const START = new Date("2026-03-01T12:00:00Z").getTime();
/** After the last step, this is enough for every retry. */
const AFTERWARDS = 4 * 60 * MINUTE;

interface RelayScenario {
  readonly agents: number;
  /** What happens to the relay before the check of this minute. */
  readonly before?: (minute: number, relay: Relay) => Promise<void> | void;
  readonly treat?: (minute: number, attempt: number) => Treatment;
}

/** A check each simulated minute against a relay that misbehaves. */
export async function runRelayScenario(name: string, { agents, before, treat }: RelayScenario): Promise<Count> {
  const storage = mkdtempSync(join(tmpdir(), "agent-auth-chaos-"));
  const relay = await startRelay();
  const rig = await createRig({ storage, url: relay.url, agents });
  let minute = 0;
  let attempts = 0;
  relay.treat = () => treat?.(minute, attempts++) ?? "accept";
  try {
    const last = stepsFor(agents) - 1;
    for (minute = 0; minute <= last; minute += 1) {
      await before?.(minute, relay);
      const at = START + minute * MINUTE;
      await rig.run(minute, new Date(at), new Date(at + (minute === last ? AFTERWARDS : MINUTE - 1)));
    }
    return countFacts(name, agents, relay.received);
  } finally {
    await rig.stop();
    await relay.close();
    rmSync(storage, { recursive: true, force: true });
  }
}

/** The relay is not there from the second minute on, for so long. */
export function runRelayDown(minutes: number): Promise<Count> {
  return runRelayScenario(`relay down ${minutes} min`, {
    agents: minutes + 5,
    async before(minute, relay) {
      if (minute === 1) await relay.goDown();
      if (minute === 1 + minutes) await relay.comeUp();
    },
  });
}

/** Every third minute each message is answered with 429 and `Retry-After: 90`. */
export function runBusyRelay(agents: number): Promise<Count> {
  return runRelayScenario("429 in bursts, Retry-After", {
    agents,
    treat: (minute) => (minute % 3 === 0 && minute < agents ? "busy" : "accept"),
  });
}

/** Connections end without an answer, before the message was taken in or after. */
export function runDroppedConnections(agents: number): Promise<Count> {
  const treatments: readonly Treatment[] = ["drop", "accept", "accept-then-drop", "fail", "accept"];
  return runRelayScenario("dropped connections", {
    agents,
    treat: (minute, attempt) => (minute < agents ? (treatments[attempt % treatments.length] ?? "accept") : "accept"),
  });
}
