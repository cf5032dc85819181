import { errorCode } from "../files.ts";
import { adoptSnapshot } from "./adopt.ts";
import type { RemoteAnswer, RemoteTimes } from "./answer.ts";
import { describeHost, type HostPart, type HostView } from "./host-view.ts";
import type { KeptAnswer, KeptAnswers } from "./kept.ts";
import { readStatusDocument } from "./status-document.ts";
import { describeOpenSending, type RemoteTarget } from "./target.ts";

export interface Question {
  /** That of the document that we have. */
  readonly etag: string | null;
  readonly now: Date;
  /** Gives the question up. */
  readonly stop: AbortSignal;
}

/** Asks a host once. Never throws for what the host answers. */
export type Ask = (target: RemoteTarget, question: Question) => Promise<RemoteAnswer>;

export interface HostOptions {
  readonly ask: Ask;
  readonly kept: KeptAnswers;
  /** Told of what went wrong with what we keep. */
  readonly warn: (text: string) => void;
}

/** Another host, and what is known of it. */
export interface Host {
  readonly target: RemoteTarget;
  /** Asks it, unless it is being asked; resolves, true unless it was closed, when that has come to an end. */
  ask(clock: () => Date): Promise<boolean>;
  /** What it adds to a snapshot of now, by the last question that came to an end. */
  view(now: Date, staleAfterMs: number): HostView;
  /** Gives up the question under way. */
  close(): void;
}

/** The last document that could be read. */
interface Adopted {
  readonly text: string;
  readonly part: HostPart;
  readonly generatedAt: Date;
}

export function openHost(target: RemoteTarget, { ask, kept, warn }: HostOptions): Host {
  const danger = describeOpenSending(target);
  if (danger !== null) warn(danger);
  const closing = new AbortController();
  let known: KeptAnswer | null | "not-read" = "not-read";
  let adopted: Adopted | null = null;
  let outcome: { readonly at: Date; readonly failure: string | null } | null = null;
  let asking: Promise<boolean> | null = null;

  const adopt = (text: string): Adopted | string => {
    if (adopted?.text === text) return adopted;
    const reading = readStatusDocument(text);
    if (reading.kind === "failed") return reading.detail;
    const { snapshot } = reading;
    adopted = { text, part: adoptSnapshot(snapshot, target), generatedAt: snapshot.generatedAt };
    return adopted;
  };

  const recall = (): KeptAnswer | null => {
    if (known !== "not-read") return known;
    known = kept.read(target);
    // An answer that this version cannot read is asked for in full.
    if (known !== null && typeof adopt(known.text) === "string") known = null;
    return known;
  };

  /** What the answer leaves us with: the newest document, and why it is not of now. */
  const take = (answer: RemoteAnswer, now: Date): string | null => {
    if (answer.kind === "unreachable") return answer.detail;
    const before = recall();
    const text = answer.kind === "document" ? answer.text : before?.text;
    if (text === undefined) return "it says that nothing changed since an answer that we never had";
    const part = adopt(text);
    if (typeof part === "string") return part;
    const checkedAt = toOurClock(answer.checkedAt ?? part.generatedAt, answer, part, now);
    // By its tag alone a document does not tell that it was looked at again.
    const tag = answer.kind === "document" ? answer.etag : (before?.etag ?? null);
    known = { text, etag: answer.checkedAt === null ? null : tag, seenAt: now, checkedAt };
    try {
      kept.write(target, known);
    } catch (error) {
      warn(`the last answer of ${target.name} cannot be kept (${errorCode(error)})`);
    }
    return null;
  };

  const question = async (clock: () => Date): Promise<boolean> => {
    const at = clock();
    kept.touch(target, at);
    const etag = recall()?.etag ?? null;
    let answer = await ask(target, { etag, now: at, stop: closing.signal });
    // Somebody on the way took out when it was looked at.
    if (answer.kind === "unchanged" && answer.checkedAt === null) {
      answer = await ask(target, { etag: null, now: at, stop: closing.signal });
    }
    if (closing.signal.aborted) return false;
    outcome = { at, failure: take(answer, clock()) };
    return true;
  };

  return {
    target,
    ask: (clock) => (asking ??= question(clock).finally(() => (asking = null))),
    view: (now, staleAfterMs) =>
      describeHost(adopted?.part ?? null, {
        target,
        known: recall(),
        isAsking: asking !== null,
        now,
        staleAfterMs,
        outcome,
      }),
    close: () => closing.abort(),
  };
}

/** Clocks that differ by less are taken for the same: an answer takes its time. */
const SAME_CLOCK_MS = 2 * 60_000;

/**
 * When it was by our clock: one that is slow would look like a host that does not check, a fast one would hide it. Not
 * later than now, whatever the host says.
 */
function toOurClock(
  at: Date,
  { clockAt }: RemoteTimes,
  { generatedAt }: Pick<Adopted, "generatedAt">,
  now: Date,
): Date {
  const clock = clockAt === "with-document" ? generatedAt : (clockAt ?? now);
  const aheadMs = clock.getTime() - now.getTime();
  const byOurs = Math.abs(aheadMs) < SAME_CLOCK_MS ? at : new Date(at.getTime() - aheadMs);
  return byOurs <= now ? byOurs : now;
}
