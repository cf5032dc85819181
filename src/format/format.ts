import type { CheckQuestion, Finding } from "../findings.ts";
import type { CheckCode, Snapshot } from "../snapshot.ts";

export const FORMAT_NAMES = ["text", "json", "openclaw", "prom", "nagios"] as const;
export type Format = (typeof FORMAT_NAMES)[number];

/** What `check` found, ready to be rendered. */
export interface CheckReport {
  readonly snapshot: Snapshot;
  readonly question: CheckQuestion;
  /** Gravest first. */
  readonly findings: readonly Finding[];
  readonly exitCode: CheckCode;
}

/** Text of a report, ending in a newline. */
export type Render = (report: CheckReport) => string | Promise<string>;
