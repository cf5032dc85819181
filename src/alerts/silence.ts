import type { Silence } from "./alert-store.ts";
import type { Condition } from "./condition.ts";
import { suits } from "./match.ts";

/** True when a silence in force covers the condition. One without matchers covers nothing rather than everything. */
export function isSilenced(condition: Condition, silences: readonly Silence[], now: Date): boolean {
  return silences.some((silence) => isInForce(silence, now) && suits(condition, silence.matchers));
}

function isInForce({ matchers, startsAt, endsAt }: Silence, now: Date): boolean {
  return startsAt <= now && now < endsAt && Object.keys(matchers).length > 0;
}
