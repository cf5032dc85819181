import { formatDuration } from "../duration.ts";
import { problem } from "../problem.ts";
import type { RemoteReport, Snapshot } from "../snapshot.ts";
import { markOutOfReach, type OutOfReach } from "./adopt.ts";
import type { KeptAnswer } from "./kept.ts";
import type { RemoteTarget } from "./target.ts";

export type HostPart = Pick<Snapshot, "installations" | "searched" | "problems">;

/** What one host adds to a snapshot. */
export interface HostView {
  readonly report: RemoteReport;
  readonly part: HostPart;
  /** The first instant at which it is judged otherwise without another answer; null if never. */
  readonly validUntil: Date | null;
}

export interface HostFacts {
  readonly target: RemoteTarget;
  readonly known: KeptAnswer | null;
  /** When the last question that ended began, and why there is no answer, null where there is; null before the first ended. */
  readonly outcome: { readonly at: Date; readonly failure: string | null } | null;
  /** A question is under way. */
  readonly isAsking: boolean;
  readonly now: Date;
  readonly staleAfterMs: number;
}

/** `lasting` is the message of its problem without how long ago the host was known; `worsensAt` is when it gets critical. */
type Trouble = OutOfReach & { readonly lasting: string; readonly worsensAt?: Date };

const NOTHING: HostPart = { installations: [], searched: [], problems: [] };

/** `heard` is what the last answer says that could be read; null for none. */
export function describeHost(heard: HostPart | null, facts: HostFacts): HostView {
  const { target, known, outcome } = facts;
  const trouble = findTrouble(facts);
  const isPending = trouble?.problem.reason === "pending";
  const report: RemoteReport = {
    name: target.name,
    address: target.shown,
    isUp: isPending || outcome === null ? null : outcome.failure === null,
    askedAt: outcome?.at ?? null,
    lastSeenAt: known?.seenAt ?? null,
    lastCheckAt: known?.checkedAt ?? null,
    verdict: isPending ? "ok" : (trouble?.verdict ?? "ok"),
    problem: trouble?.problem ?? null,
    ...(trouble === null ? {} : { lasting: trouble.lasting }),
  };
  // Until it had the time to answer, what it said to a process before is neither true nor out of date.
  const part = outcome === null ? NOTHING : (heard ?? NOTHING);
  if (trouble === null) return { report, part, validUntil: null };
  return {
    report,
    validUntil: trouble.worsensAt ?? null,
    part: {
      ...part,
      installations: part.installations.map((installation) => markOutOfReach(installation, trouble)),
      problems: [trouble.problem, ...part.problems],
    },
  };
}

/** Null while the answer says how things are. */
function findTrouble({ target, known, outcome, isAsking, now, staleAfterMs }: HostFacts): Trouble | null {
  const { name, shown } = target;
  const age = ageOf(known, now);
  // While we slept, or did not ask for another reason, everything may have become another.
  if (outcome === null || (isAsking && now.getTime() - outcome.at.getTime() > staleAfterMs + SAME_MOMENT_MS)) {
    const lasting = `${name} (${shown}) has not answered yet`;
    const pending = problem("pending", shown, `${lasting}; ${age.seen}`);
    return { verdict: "info", message: `${name} ${age.seen}`, problem: pending, lasting };
  }
  if (outcome.failure !== null) {
    const verdict = age.ms > staleAfterMs ? "critical" : "warning";
    const lasting = `${name} (${shown}) is not known: ${outcome.failure}`;
    const unreachable = problem("unreachable", shown, `${lasting}; ${age.seen}`);
    const trouble = { verdict, message: `${name} ${age.seen}`, problem: unreachable, lasting } as const;
    if (known === null || verdict === "critical") return trouble;
    return { ...trouble, worsensAt: new Date(known.seenAt.getTime() + staleAfterMs + 1) };
  }
  // Of the moment of the answer: later on we are the ones who did not ask.
  const unlookedMs = known === null ? 0 : known.seenAt.getTime() - known.checkedAt.getTime();
  if (unlookedMs <= staleAfterMs) return null;
  const checked = `its last check was ${formatDuration(unlookedMs)} ago`;
  const describe = (what: string): string =>
    `${name} (${shown}) answers, but ${what}; look at the log of agent-auth there`;
  const outdated = problem("outdated", shown, describe(checked));
  const lasting = describe("has not checked for long");
  return { verdict: "critical", message: `${name}: ${checked}`, problem: outdated, lasting };
}

/** An answer that came while a check was under way is a moment ahead of it. */
const SAME_MOMENT_MS = 60_000;

/** How old the last answer is; nobody knows of one that is ahead of a clock that was set back, and it may be too old. */
function ageOf(known: KeptAnswer | null, now: Date): { readonly ms: number; readonly seen: string } {
  if (known === null) return { ms: 0, seen: "never seen" };
  const ms = now.getTime() - known.seenAt.getTime();
  if (ms < -SAME_MOMENT_MS) {
    const at = `${known.seenAt.toISOString().slice(0, 16).replace("T", " ")} UTC`;
    return { ms: Infinity, seen: `last seen at ${at}, before our clock was set back` };
  }
  return { ms, seen: `last seen ${formatDuration(Math.max(0, ms))} ago` };
}
