import { isDeepStrictEqual } from "node:util";
import type { Look } from "./sighting.ts";
import { isSettled, isUnchanged, type Watch } from "./watch.ts";

interface Remembered<T> {
  answer: T;
  watches: readonly Watch[];
  canTrustWatches: boolean;
  isAsked: boolean;
  confirmedAt: Date;
}

/** What a look is told of the one before it. */
export interface Before<T> {
  readonly answer: T | null;
  /** The last time at which the answer was found to be so. */
  readonly confirmedAt: Date | null;
}

/** Answers are compared without the time of reading, which says nothing about the store. */
export interface AnswerKind<T> {
  readonly withoutTime: (answer: T) => unknown;
  /** True when the same files may give another answer next time: a lock, a permission. */
  readonly isPassing: (answer: T) => boolean;
}

/** Remembers the answer for each key until what it was read from changes. */
export interface Memory<T> {
  answer(key: string, now: Date, look: (before: Before<T>) => Look<T>): T;
  /** Drops answers not asked for since the last call. */
  forgetUnasked(): void;
}

export function createMemory<T>(kind: AnswerKind<T>, onChange: () => void): Memory<T> {
  const all = new Map<string, Remembered<T>>();
  const answer: Memory<T>["answer"] = (key, now, look) => {
    const known = all.get(key);
    if (known?.canTrustWatches && isUnchanged(known.watches)) {
      known.isAsked = true;
      known.confirmedAt = now;
      return known.answer;
    }
    const startMs = Date.now();
    const { found, watches } = look({ answer: known?.answer ?? null, confirmedAt: known?.confirmedAt ?? null });
    const isSame = known !== undefined && isDeepStrictEqual(kind.withoutTime(known.answer), kind.withoutTime(found));
    const current = isSame ? known.answer : found;
    const canTrustWatches = isSettled(watches, startMs) && !kind.isPassing(current);
    all.set(key, { answer: current, watches, canTrustWatches, isAsked: true, confirmedAt: now });
    if (!isSame) onChange();
    return current;
  };
  const forgetUnasked = (): void => {
    for (const [key, known] of all) {
      if (known.isAsked) known.isAsked = false;
      else if (all.delete(key)) onChange();
    }
  };
  return { answer, forgetUnasked };
}
