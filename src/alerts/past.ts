import type { Condition } from "./condition.ts";
import { PREDICATES } from "./condition-words.ts";
import type { NotificationItem } from "./notification.ts";

/** The verbs with which we say that something is the matter, and what they are once it is over. */
const VERBS: readonly (readonly [present: string, past: string])[] = [
  ["is about to", "was about to"],
  ["is", "was"],
  ["are", "were"],
  ["has been", "had been"],
  ["has", "had"],
  ["was never", "had never been"],
  ["cannot", "could not"],
  ["may not", "could not"],
  ["answers", "answered"],
  ["expires", "was about to expire"],
  ["expired", "had expired"],
  ["holds", "held"],
  ["keeps", "kept"],
  ["needs", "needed"],
  ["points", "pointed"],
  ["serves", "served"],
  ["shares", "shared"],
];

/** Words that begin with their verb, said of what is over. */
export function inPast(words: string): string {
  const verb = VERBS.find(([present]) => words === present || words.startsWith(`${present} `));
  return verb === undefined ? words : verb[1] + words.slice(verb[0].length);
}

/** What a condition means or, where it is over, meant. */
export function summaryOf({ condition, endsAt }: Pick<NotificationItem, "condition" | "endsAt">): string {
  return endsAt === null ? condition.summary : inPastSummary(condition);
}

function inPastSummary({ family, reason, summary }: Condition): string {
  if (family === "answer" || family === "fallback") {
    const [start = "", ...why] = summary.split(": ");
    return [
      start.replace(/^(agent \S+ )(.*)$/, (_, who: string, what: string) => who + inPast(what)),
      ...why.map(causeInPast),
    ].join(": ");
  }
  if (family === "store" || family === "installation") {
    return summary.replace(" cannot be used as it should", " could not be used as it should");
  }
  const predicate = Object.entries(PREDICATES).find(([of]) => of === reason)?.[1];
  const said = predicate === undefined ? summary : summary.replace(` ${predicate}`, ` ${inPast(predicate)}`);
  return said.replace(/; (nothing|something) else( still)? serves /, "; $1 else$2 served ");
}

/** `all 2 anthropic credentials are in a cooldown` and the like. */
function causeInPast(words: string): string {
  return words.replace(
    /^(.*\bcredentials?(?: of \d+)?) ((?:is|are|expired)\b.*)$/,
    (_, what: string, rest: string) => `${what} ${inPast(rest)}`,
  );
}
