import { setTimeout } from "node:timers/promises";

/** Asks until the answer is neither null nor undefined; throws with the last complaint when the time is up. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | null | undefined> | T | null | undefined,
  withinMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let complaint: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== undefined) return answer;
    } catch (error) {
      complaint = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for ${what}`, { cause: complaint });
    await setTimeout(20);
  }
}
