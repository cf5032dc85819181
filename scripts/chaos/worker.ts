/**
 * A process to be killed: runs the rig step by step as its standard input says, and counts each boundary at which a
 * crash could hurt. At the boundary whose number is given it kills itself, as a power cut would.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import type { AlertStore } from "../../src/alerts/alert-store.ts";
import { createRig } from "./rig.ts";

/** One line of input, as JSON. */
export interface Order {
  readonly step: number;
  readonly at: number;
  readonly until: number;
}

const [storage = "", url = "", agents = "0", killAt = "0"] = process.argv.slice(2);
let boundary = 0;

function cross(name: string): void {
  boundary += 1;
  process.stdout.write(`boundary ${name}\n`);
  if (boundary === Number(killAt)) process.kill(process.pid, "SIGKILL");
}

function wrapStore(store: AlertStore): AlertStore {
  const around =
    <A extends readonly unknown[], R>(name: string, call: (...given: A) => R) =>
    (...given: A): R => {
      cross(`before ${name}`);
      const result = call(...given);
      cross(`after ${name}`);
      return result;
    };
  return {
    ...store,
    decide(work) {
      cross("before decide");
      const result = store.decide((memory) => {
        const decided = work(memory);
        cross("before the commit of decide");
        return decided;
      });
      cross("after decide");
      return result;
    },
    claim: around("claim", store.claim),
    markDelivered: around("markDelivered", store.markDelivered),
    markRetry: around("markRetry", store.markRetry),
    markDead: around("markDead", store.markDead),
    prune: around("prune", store.prune),
    merge: around("merge", store.merge),
  };
}

cross("before opening the store");
const rig = await createRig({
  storage,
  url,
  agents: Number(agents),
  wrapStore,
  wrapChannel: (channel) => ({
    ...channel,
    async send(...given) {
      cross("before the request");
      const delivery = await channel.send(...given);
      cross("after the answer");
      return delivery;
    },
  }),
});
for await (const line of createInterface({ input: process.stdin })) {
  const { step, at, until } = JSON.parse(line) as Order;
  await rig.run(step, new Date(at), new Date(until));
  process.stdout.write(`done ${step}\n`);
}
cross("before stopping");
await rig.stop();
