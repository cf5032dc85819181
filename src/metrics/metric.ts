import type { AlertFigures } from "../alert-figures.ts";
import type { Problem } from "../problem.ts";
import { PROBLEM_REASONS } from "../problem.ts";
import type { CheckCode, RemoteReport } from "../snapshot.ts";
import type { Emit } from "./text.ts";
import type { MetricView } from "./view.ts";

/** What docs/metrics.md says of a metric; the text formats take name, type and help from here too. */
interface Row {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** When a series is missing although everything works; "never" when it cannot be. */
  readonly absent: string;
  /** PromQL that returns data wherever the metric does. */
  readonly query: string;
}

/** A metric that is a function of what the stores hold: its text is kept as long as they do not change. */
export interface StoreMetric extends Row {
  readonly type: "gauge";
  readonly per: "installation" | "agent" | "store" | "provider" | "profile";
  readonly collect: (view: MetricView, emit: Emit) => void;
}

/** A metric that every check renews. */
export interface CheckMetric extends Row {
  readonly type: "gauge" | "counter" | "histogram";
  readonly per: "store" | "exporter" | "alerts";
  readonly collect: (state: ExporterState, emit: Emit) => void;
}

export interface HistogramMetric extends Row {
  readonly type: "histogram";
  readonly per: "exporter";
  readonly buckets: readonly number[];
}

/** `problems`: everything was looked at, and something could not be read. `failed`: the check itself broke off. */
export const CHECK_OUTCOMES = ["ok", "problems", "failed"] as const;
export type CheckOutcome = (typeof CHECK_OUTCOMES)[number];

export interface BuildInfo {
  readonly version: string;
  readonly revision: string;
  readonly nodeVersion: string;
}

/** What only the scheduled worker has to tell. */
export interface WorkerState {
  readonly nextCheckAt: Date | null;
  readonly checks: Readonly<Record<CheckOutcome, number>>;
  readonly checksMissed: number;
  readonly isConfigGood: boolean;
  readonly configLoadedAt: Date;
  readonly isDemo: boolean;
  /** Null when nobody is to be told. */
  readonly alerts: AlertFigures | null;
  /** Null without a heartbeat. */
  readonly heartbeatFailures: number | null;
  readonly publications: readonly PublicationCount[];
}

/** How often the metrics were handed to a place besides the scrape. */
export interface PublicationCount {
  readonly name: string;
  readonly delivered: number;
  readonly failed: number;
}

export interface ExporterState {
  readonly build: BuildInfo;
  readonly warnWithinMs: number;
  readonly stores: MetricView["stores"];
  /** Problems of the search itself, outside every installation. */
  readonly problems: readonly Problem[];
  readonly remotes: readonly RemoteReport[];
  readonly generatedAt: Date | null;
  readonly lastCheckAt: Date | null;
  readonly lastSuccessfulCheckAt: Date | null;
  /** Null before the first check. */
  readonly checkCode: CheckCode | null;
  readonly seriesDropped: number;
  /** Null for the one-shot output of `check`. */
  readonly worker: WorkerState | null;
}

export const AGENT = ["installation", "agent"];
export const PROVIDER = [...AGENT, "provider"];
export const PROFILE = [...PROVIDER, "profile"];

/** Every reason, at 0 where there is nothing: a rate over a series that appears with its first problem misses it. */
export function emitProblems(emit: Emit, labels: string, problems: readonly Problem[]): void {
  const prefix = labels === "" ? "" : `${labels},`;
  for (const reason of PROBLEM_REASONS) {
    let count = 0;
    for (const found of problems) if (found.reason === reason) count += found.count;
    emit.series(`${prefix}reason="${reason}"`, count);
  }
}

export function emitDate(emit: Emit, labels: string, date: Date | null): void {
  // An invalid date must not become a number; NaN would compare as "not expired".
  if (date !== null && !Number.isNaN(date.getTime())) emit.series(labels, date.getTime() / 1_000);
}
