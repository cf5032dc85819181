import type { Credential, StoreState } from "../../src/credential.ts";
import type { HostReading } from "../../src/discovery/installation.ts";
import { problem } from "../../src/problem.ts";
import { agent, credential, host, installation, state, store, usage } from "../judge/reading-builder.ts";
import { setOf } from "./conditions-builder.ts";
import type { Condition } from "../../src/alerts/condition.ts";
import { after, type World } from "./timeline.ts";

type Change = (world: World) => void;

/** A look at the host finds this from now on. */
export function see(reading: HostReading): Change {
  return (world) => {
    world.reading = reading;
  };
}

/** These conditions hold from now on, nothing is known of those keys, and nobody watches these any more. */
export function hold(
  conditions: readonly Condition[],
  unknown: readonly string[] = [],
  unwatched: readonly string[] = [],
): Change {
  return (world) => {
    world.conditions = setOf(conditions, unknown, unwatched);
  };
}

export function set(over: Partial<World>): Change {
  return (world) => {
    Object.assign(world, over);
  };
}

/** The agent ops, which answers with Anthropic, and its store. */
export function ops(credentials: readonly Credential[], stored?: StoreState): HostReading {
  const own = store({ owner: "ops", credentials, ...(stored === undefined ? {} : { state: stored }) });
  return host(installation({ agents: [agent({ id: "ops", ownStore: own })] }));
}

/** The same when the store cannot be read and was last read then. */
export function unreadable(credentials: readonly Credential[], readAtMs: number): HostReading {
  const own = store({
    owner: "ops",
    credentials,
    isUp: false,
    isStale: true,
    readAt: after(readAtMs),
    problems: [problem("bad_json", "/home/pat/.openclaw/x.json", "is no JSON")],
  });
  return host(installation({ agents: [agent({ id: "ops", ownStore: own })] }));
}

/** A token that ends so long after the start. */
export function token(endMs: number, over: Partial<Credential> = {}): Credential {
  return credential({ expiry: { kind: "at", at: after(endMs) }, ...over });
}

/** OpenClaw will not use the token until then. */
export function shutOut(kind: "cooldown" | "disabled", untilMs: number, reason: string): StoreState {
  const window = { until: after(untilMs), reason, model: null };
  return state({ usage: new Map([["anthropic:manual", usage({ [kind]: window })]]) });
}
