import type { Snapshot } from "../snapshot.ts";
import type { AlertChanges, AlertMemory } from "./alert-store.ts";
import type { Condition, ConditionSet } from "./condition.ts";
import { findConditions, findLabels } from "./conditions.ts";
import { decide, type DecideInput } from "./decide.ts";
import { addMoved, followLabels } from "./follow-labels.ts";
import { addSeen, applyChanges } from "./memory.ts";
import { nextDecisionAt } from "./next-decision.ts";
import { addNothingLeft, findWatching, noteWatching, type Watching } from "./nothing-left.ts";
import type { Decision } from "./notification.ts";
import type { AlertPolicy } from "./policy.ts";
import { findLookTimes, findSeen, leaveOutStale, type LookTimes } from "./stale.ts";

/** What a snapshot says to alerts. */
export interface Observed {
  readonly conditions: ConditionSet;
  /** Place to label. */
  readonly labels: ReadonlyMap<string, string>;
  readonly lookedAt: LookTimes;
  readonly watching: Watching;
}

export function observe(snapshot: Snapshot, { remindAtMs }: Pick<AlertPolicy, "remindAtMs">): Observed {
  const lookedAt = findLookTimes(snapshot);
  const conditions = findConditions(snapshot, remindAtMs);
  return { conditions, labels: findLabels(snapshot), lookedAt, watching: findWatching(snapshot) };
}

export interface DecideOnInput extends Omit<DecideInput, "conditions"> {
  readonly observed: Observed;
}

export interface Decided {
  readonly changes: AlertChanges;
  readonly decisions: readonly Decision[];
  /** All that holds, as far as this look can tell. */
  readonly holding: readonly Condition[];
  /** Once the changes are remembered. */
  readonly memory: AlertMemory;
  /** When time alone may change what there is to tell; null for never. Asking takes as long as deciding, and longer. */
  nextAt(): Date | null;
}

/**
 * What follows from a look at everything, for the worker and for whoever foretells what it would do: a look that another
 * process was ahead of tells nothing, and what is remembered goes by the labels of now. Pure, as `decide` is.
 */
export function decideOn({ observed, ...input }: DecideOnInput): Decided {
  const { memory, policy, channels, now } = input;
  const { labels, lookedAt, watching } = observed;
  const scope = policy.scope ?? "";
  const whole = addNothingLeft(observed.conditions, watching, memory, scope);
  const conditions = leaveOutStale(whole, memory.seen ?? [], { lookedAt, now });
  const followed = followLabels(memory, labels);
  const { changes, result } = decide({ ...input, conditions, memory: followed.memory });
  const after = applyChanges(followed.memory, changes);
  const noted = noteWatching(watching, memory, { scope, lookedAt, now });
  const seen = [...findSeen(conditions, after, { scope, lookedAt }), ...noted];
  return {
    changes: { ...addMoved(changes, followed), seen },
    decisions: result,
    holding: whole.conditions,
    memory: addSeen(after, seen),
    nextAt: () => nextDecisionAt({ conditions, memory: after, policy, channels, now }),
  };
}
