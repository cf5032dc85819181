import type { Checker } from "../check.ts";
import { formatDuration } from "../duration.ts";
import { errorCode } from "../files.ts";
import { problem } from "../problem.ts";
import type { InstallationReport, RemoteReport, Snapshot } from "../snapshot.ts";
import { adoptSnapshot, markOutOfReach, type OutOfReach } from "./adopt.ts";
import type { RemoteAnswer, RemoteTimes } from "./answer.ts";
import type { KeptAnswer, KeptAnswers } from "./kept.ts";
import { readStatusDocument } from "./status-document.ts";
import { describeOpenSending, makeUnique, type RemoteTarget } from "./target.ts";

export interface RemoteCheckerOptions {
  /** Looks at this host; null when only others are watched. */
  readonly local: Checker | null;
  readonly targets: readonly RemoteTarget[];
  readonly ask: (target: RemoteTarget, etag: string | null) => Promise<RemoteAnswer>;
  readonly kept: KeptAnswers;
  readonly warnWithinMs: number;
  /** How old a last answer may get, or a remote's last check, before it is critical that nobody knows. */
  readonly staleAfterMs: number;
  /** Told of what went wrong with what we keep. */
  readonly warn: (text: string) => void;
}

/**
 * A check that asks other hosts too, all at once, and puts everything into one snapshot. A host that does not answer
 * keeps its last answer, marked stale, with a problem of its own: it is not known how its agents are.
 */
export function createRemoteChecker(options: RemoteCheckerOptions): Checker {
  const hosts = options.targets.map((target) => openHost(target, options));
  let last: Pick<Snapshot, "installations" | "problems"> = NOTHING;
  return {
    async check(now, at = now) {
      const [local, ...answers] = await Promise.all([
        options.local?.check(now, at) ?? null,
        ...hosts.map((host) => host.look(now)),
      ]);
      const merged = merge(local, answers, { now, warnWithinMs: options.warnWithinMs });
      const { installations, problems } = merged;
      last = {
        installations: isSameList(last.installations, installations) ? last.installations : installations,
        problems: isSameList(last.problems, problems) ? last.problems : problems,
      };
      return { ...merged, ...last };
    },
  };
}

function isSameList<T>(before: readonly T[], after: readonly T[]): boolean {
  return before.length === after.length && before.every((one, index) => one === after[index]);
}

/** What one host adds to a snapshot. */
interface HostView {
  readonly report: RemoteReport;
  readonly part: Pick<Snapshot, "installations" | "searched" | "problems">;
}

/** The last document that could be read. */
interface Adopted {
  readonly text: string;
  readonly part: HostView["part"];
  readonly generatedAt: Date;
}

interface Host {
  look(now: Date): Promise<HostView>;
}

function openHost(target: RemoteTarget, { ask, kept, staleAfterMs, warn }: RemoteCheckerOptions): Host {
  const danger = describeOpenSending(target);
  if (danger !== null) warn(danger);
  let known: KeptAnswer | null = null;
  let adopted: Adopted | null = null;

  const adopt = (text: string): Adopted | string => {
    if (adopted?.text === text) return adopted;
    const reading = readStatusDocument(text);
    if (reading.kind === "failed") return reading.detail;
    const { snapshot } = reading;
    adopted = { text, part: adoptSnapshot(snapshot, target), generatedAt: snapshot.generatedAt };
    return adopted;
  };

  /** What the answer leaves us with: the newest document, and why it is not of now. */
  const take = (answer: RemoteAnswer, now: Date): string | null => {
    if (answer.kind === "unreachable") return answer.detail;
    const text = answer.kind === "document" ? answer.text : known?.text;
    if (text === undefined) return "it says that nothing changed since an answer that we never had";
    const part = adopt(text);
    if (typeof part === "string") return part;
    const etag = answer.kind === "document" ? answer.etag : (known?.etag ?? null);
    known = { text, etag, seenAt: now, checkedAt: toOurClock(answer.checkedAt ?? part.generatedAt, answer, part, now) };
    try {
      kept.write(target, known);
    } catch (error) {
      warn(`the last answer of ${target.name} cannot be kept (${errorCode(error)})`);
    }
    return null;
  };

  return {
    async look(now) {
      known ??= kept.read(target);
      // An answer that this version cannot read is asked for in full.
      if (known !== null && typeof adopt(known.text) === "string") known = null;
      const failure = take(await ask(target, known?.etag ?? null), now);
      const part = adopted?.part ?? NOTHING;
      return describeHost(part, { target, known, now, staleAfterMs, failure });
    },
  };
}

/** Clocks that differ by less are taken for the same: an answer takes its time. */
const SAME_CLOCK_MS = 2 * 60_000;

/** When it was by our clock: one that is slow would look like a host that does not check, a fast one would hide it. */
function toOurClock(
  at: Date,
  { clockAt }: RemoteTimes,
  { generatedAt }: Pick<Adopted, "generatedAt">,
  now: Date,
): Date {
  if (clockAt === null) return at;
  const aheadMs = (clockAt === "with-document" ? generatedAt : clockAt).getTime() - now.getTime();
  return Math.abs(aheadMs) < SAME_CLOCK_MS ? at : new Date(at.getTime() - aheadMs);
}

const NOTHING: HostView["part"] = { installations: [], searched: [], problems: [] };

interface HostFacts {
  readonly target: RemoteTarget;
  readonly known: KeptAnswer | null;
  /** Why there is no answer of now; null when there is. */
  readonly failure: string | null;
  readonly now: Date;
  readonly staleAfterMs: number;
}

function describeHost(part: HostView["part"], facts: HostFacts): HostView {
  const { target, known } = facts;
  const trouble = findTrouble(facts);
  const report: RemoteReport = {
    name: target.name,
    address: target.shown,
    isUp: facts.failure === null,
    lastSeenAt: known?.seenAt ?? null,
    lastCheckAt: known?.checkedAt ?? null,
    verdict: trouble?.verdict ?? "ok",
    problem: trouble?.problem ?? null,
  };
  if (trouble === null) return { report, part };
  return {
    report,
    part: {
      ...part,
      installations: part.installations.map((installation) => markOutOfReach(installation, trouble)),
      problems: [trouble.problem, ...part.problems],
    },
  };
}

/** Null while the answer is of now, and says how things are now. */
function findTrouble({ target, known, failure, now, staleAfterMs }: HostFacts): OutOfReach | null {
  const { name, shown } = target;
  if (failure !== null) {
    const ageMs = known === null ? 0 : now.getTime() - known.seenAt.getTime();
    const seen = known === null ? "never seen" : `last seen ${formatDuration(ageMs)} ago`;
    const verdict = ageMs > staleAfterMs ? "critical" : "warning";
    const message = `${name} (${shown}) is not known: ${failure}; ${seen}`;
    return { verdict, message: `${name} ${seen}`, problem: problem("unreachable", shown, message) };
  }
  const ageMs = known === null ? 0 : now.getTime() - known.checkedAt.getTime();
  if (ageMs <= staleAfterMs) return null;
  const checked = `its last check was ${formatDuration(ageMs)} ago`;
  const message = `${name} (${shown}) answers, but ${checked}; look at the log of agent-auth there`;
  return { verdict: "critical", message: `${name}: ${checked}`, problem: problem("outdated", shown, message) };
}

function merge(
  local: Snapshot | null,
  hosts: readonly HostView[],
  { now, warnWithinMs }: { readonly now: Date; readonly warnWithinMs: number },
): Snapshot {
  return {
    generatedAt: local?.generatedAt ?? now,
    at: local?.at ?? now,
    warnWithinMs,
    installations: nameApart([...(local?.installations ?? []), ...hosts.flatMap(({ part }) => part.installations)]),
    searched: [...(local?.searched ?? []), ...hosts.flatMap(({ part }) => part.searched)],
    problems: [...(local?.problems ?? []), ...hosts.flatMap(({ part }) => part.problems)],
    remotes: hosts.map(({ report }) => report),
    validUntil: local?.validUntil ?? null,
  };
}

/** A home `vps` here and a remote `vps` both make a `vps-openclaw`; of two with one id only one would be told of. */
function nameApart(installations: readonly InstallationReport[]): readonly InstallationReport[] {
  const taken = new Set<string>();
  return installations.map((installation) => {
    const id = makeUnique(installation.id, taken);
    taken.add(id);
    return id === installation.id ? installation : { ...installation, id };
  });
}
