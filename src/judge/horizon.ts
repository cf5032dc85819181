import type { Credential, Usage, UsageWindow } from "../credential.ts";
import type { Policy } from "../policy.ts";
import { OAUTH_REFRESH_MARGIN_MS } from "./health.ts";
import { IMPLAUSIBLE_WINDOW_MS } from "./verdict.ts";

/** Finds the first instant after `now` at which unchanged readings would be judged differently. */
export class Horizon {
  readonly #nowMs: number;
  #firstMs = Number.POSITIVE_INFINITY;

  constructor(now: Date) {
    this.#nowMs = now.getTime();
  }

  get validUntil(): Date | null {
    return Number.isFinite(this.#firstMs) && this.#firstMs <= 8.64e15 ? new Date(this.#firstMs) : null;
  }

  /** Something changes at this very instant. */
  at(atMs: number): void {
    if (atMs > this.#nowMs && atMs < this.#firstMs) this.#firstMs = atMs;
  }

  /** Something changes once more than this long has passed. */
  after(since: Date, durationMs: number): void {
    this.at(since.getTime() + durationMs + 1);
  }

  credential({ expiry }: Credential, policy: Policy): void {
    if (expiry.kind !== "at") return;
    const endMs = expiry.at.getTime();
    this.at(endMs);
    this.at(endMs - policy.warnWithinMs);
    this.at(endMs - policy.criticalWithinMs);
    this.at(endMs - OAUTH_REFRESH_MARGIN_MS);
    this.at(endMs + policy.refreshGraceMs + 1);
  }

  usage(usage: Usage, policy: Policy, watchedSince: Date | null): void {
    this.#window(usage.cooldown);
    this.#window(usage.disabled);
    this.#window(usage.blocked);
    if (watchedSince !== null) this.after(watchedSince, policy.cooldownGraceMs);
  }

  #window(window: UsageWindow | null): void {
    if (window === null) return;
    this.at(window.until.getTime());
    this.at(window.until.getTime() - IMPLAUSIBLE_WINDOW_MS);
  }
}
