import type { AlertFigures } from "../alert-figures.ts";
import type { Exposition, ExpositionEncoding, ExpositionFormat } from "../exposition.ts";
import { checkCode } from "../exit-code.ts";
import type { CheckCode, Snapshot } from "../snapshot.ts";
import { capView, countRenewed } from "./cap.ts";
import { deflatePart, joinGzip } from "./gzip.ts";
import type { Deflated } from "./gzip.ts";
import type { EmailLabels } from "./label.ts";
import { createRuntimeMetrics, writeRuntime } from "./runtime.ts";
import type { RuntimeFamily } from "./runtime.ts";
import type { BuildInfo, CheckOutcome, ExporterState, WorkerState } from "./metric.ts";
import { CHECK_DURATION } from "./exporter-metrics.ts";
import { METRICS_OF_CHECK, METRICS_OF_STORES } from "./table.ts";
import { OPENMETRICS_END, TextWriter } from "./text.ts";
import { EMPTY_VIEW, createMetricView } from "./view.ts";
import type { MetricView } from "./view.ts";

export interface LabelOptions {
  readonly emails: EmailLabels;
  /** Series of everything but the exporter itself; more are left out and counted. */
  readonly maxSeries: number;
}

export interface ExpositionOptions extends LabelOptions {
  /** Add prom-client's metrics of the process and of Node.js. */
  readonly hasRuntime: boolean;
  readonly isDemo: boolean;
  readonly build: BuildInfo;
  readonly now: Date;
  /** Asked whenever the metrics are made; null when nobody is to be told. */
  readonly alerts?: () => AlertFigures | null;
  /** Null without a heartbeat. */
  readonly heartbeatFailures?: () => number | null;
  readonly publications?: () => WorkerState["publications"];
}

export interface FinishedCheck {
  /** Null when the check broke off; the metrics of the stores then stay as they were. */
  readonly snapshot: Snapshot | null;
  readonly outcome: CheckOutcome;
  readonly durationSeconds: number;
  readonly finishedAt: Date;
  readonly nextCheckAt: Date | null;
}

export interface ExpositionPublisher {
  /** Before the first check it tells of the exporter alone. */
  readonly current: Exposition;
  /** The same as text, without what is about the process itself: node_exporter has names like these for its own. */
  readonly published: string;
  finishCheck(check: FinishedCheck): Promise<void>;
  /** Shows with the next check, which follows at once. */
  countMissed(): void;
  /** After a reload that failed, options are null and everything stays as it was. */
  reloadConfig(options: LabelOptions | null, at: Date): Promise<void>;
  /** Between two checks: messages left, and their figures changed. */
  refresh(): Promise<void>;
}

/** Text of everything that depends on the stores alone, the same in both formats: gauges without timestamps. */
interface Body {
  readonly view: MetricView;
  readonly bytes: Buffer;
  readonly dropped: number;
  deflated(): Promise<Deflated>;
}

/** Metrics of the scheduled worker. Loads prom-client. */
export async function createExposition(options: ExpositionOptions): Promise<ExpositionPublisher> {
  const runtime = await createRuntimeMetrics(CHECK_DURATION, options.hasRuntime);
  const checks: Record<CheckOutcome, number> = { ok: 0, problems: 0, failed: 0 };
  let worker: WorkerState = {
    nextCheckAt: null,
    checks,
    checksMissed: 0,
    isConfigGood: true,
    configLoadedAt: options.now,
    isDemo: options.isDemo,
    alerts: null,
    heartbeatFailures: null,
    publications: [],
  };
  let labelOptions: LabelOptions = options;
  let snapshot: Snapshot | null = null;
  let body = createBody(EMPTY_VIEW, options.maxSeries);
  let state: ExporterState = { ...createState(null, body, options.build), worker };
  let families = await runtime.read();
  let shown = { body, state };
  let current = createExpositionOf(body, state, families);
  let rendering = Promise.resolve();

  const render = async (): Promise<void> => {
    const ofStores = body;
    const latest: WorkerState = {
      ...worker,
      alerts: options.alerts?.() ?? null,
      heartbeatFailures: options.heartbeatFailures?.() ?? null,
      publications: options.publications?.() ?? [],
    };
    const told = { body: ofStores, state: { ...state, worker: latest } };
    families = await runtime.read();
    shown = told;
    current = createExpositionOf(told.body, told.state, families);
  };
  // One after the other: a reload and a check may end together, and the later one must be what stays.
  const publish = (): Promise<void> => (rendering = rendering.then(render, render));

  return {
    get current() {
      return current;
    },
    get published() {
      const own = families.filter(({ name }) => name === CHECK_DURATION.name);
      return shown.body.bytes.toString() + writeState(shown.state, own, "text");
    },
    async finishCheck(check) {
      runtime.observeCheck(check.durationSeconds);
      checks[check.outcome] += 1;
      worker = { ...worker, nextCheckAt: check.nextCheckAt };
      let code = state.checkCode;
      if (check.snapshot !== null) {
        // Looking through everything takes longer than a check in which nothing changed.
        if (!isSameTo(snapshot, check.snapshot)) code = checkCode(check.snapshot);
        if (check.snapshot.installations !== snapshot?.installations) {
          body = createBody(createMetricView(check.snapshot, labelOptions.emails), labelOptions.maxSeries);
        }
        snapshot = check.snapshot;
      }
      state = {
        ...createState(snapshot, body, options.build),
        checkCode: code,
        lastCheckAt: check.finishedAt,
        lastSuccessfulCheckAt: check.outcome === "failed" ? state.lastSuccessfulCheckAt : check.finishedAt,
        seriesDropped: state.seriesDropped + (check.snapshot === null ? 0 : body.dropped),
      };
      await publish();
    },
    countMissed() {
      worker = { ...worker, checksMissed: worker.checksMissed + 1 };
    },
    async reloadConfig(changed, at) {
      worker =
        changed === null ? { ...worker, isConfigGood: false } : { ...worker, isConfigGood: true, configLoadedAt: at };
      if (changed !== null) {
        labelOptions = changed;
        body = createBody(
          snapshot === null ? EMPTY_VIEW : createMetricView(snapshot, changed.emails),
          changed.maxSeries,
        );
        state = { ...state, stores: body.view.stores };
      }
      await publish();
    },
    refresh: publish,
  };
}

function isSameTo(before: Snapshot | null, { installations, problems }: Snapshot): boolean {
  return before !== null && before.installations === installations && before.problems === problems;
}

export interface OneShotOptions extends LabelOptions {
  readonly build: BuildInfo;
  readonly checkCode: CheckCode;
}

/** The one-shot form, for `check --format prom` and the textfile collector; loads no library. */
export function renderPromText(snapshot: Snapshot, options: OneShotOptions): string {
  const { text, view, dropped } = writeBody(createMetricView(snapshot, options.emails), options.maxSeries);
  const state: ExporterState = {
    ...createState(snapshot, { view }, options.build),
    lastCheckAt: snapshot.generatedAt,
    lastSuccessfulCheckAt: snapshot.generatedAt,
    checkCode: options.checkCode,
    seriesDropped: dropped,
  };
  return text + writeState(state, [], "text");
}

function createState(snapshot: Snapshot | null, body: Pick<Body, "view">, build: BuildInfo): ExporterState {
  return {
    build,
    warnWithinMs: snapshot?.warnWithinMs ?? 0,
    stores: body.view.stores,
    problems: snapshot?.problems ?? [],
    remotes: snapshot?.remotes ?? [],
    generatedAt: snapshot?.generatedAt ?? null,
    lastCheckAt: null,
    lastSuccessfulCheckAt: null,
    checkCode: null,
    seriesDropped: 0,
    worker: null,
  };
}

function createBody(view: MetricView, maxSeries: number): Body {
  const { text, dropped } = writeBody(view, maxSeries);
  const bytes = Buffer.from(text);
  let deflated: Promise<Deflated> | undefined;
  return { view, bytes, dropped, deflated: () => (deflated ??= deflatePart(bytes)) };
}

function writeBody(view: MetricView, maxSeries: number): { text: string; view: MetricView; dropped: number } {
  const { text, written } = writeStores(view);
  const all = written + countRenewed(view.stores);
  if (all <= maxSeries) return { text, view, dropped: 0 };
  const kept = capView(view, maxSeries);
  const cut = writeStores(kept);
  return { text: cut.text, view: kept, dropped: all - cut.written - countRenewed(kept.stores) };
}

function writeStores(view: MetricView): TextWriter {
  const writer = new TextWriter("text");
  for (const metric of METRICS_OF_STORES) writer.family(metric, (emit) => metric.collect(view, emit));
  return writer;
}

function writeState(state: ExporterState, families: readonly RuntimeFamily[], format: ExpositionFormat): string {
  const writer = new TextWriter(format);
  for (const metric of METRICS_OF_CHECK) writer.family(metric, (emit) => metric.collect(state, emit));
  writeRuntime(writer, families);
  return format === "openmetrics" ? writer.text + OPENMETRICS_END : writer.text;
}

function createExpositionOf(body: Body, state: ExporterState, families: readonly RuntimeFamily[]): Exposition {
  // Written now: prom-client's values go on changing, and two scrapes must not differ.
  const ends = {
    text: Buffer.from(writeState(state, families, "text")),
    openmetrics: Buffer.from(writeState(state, families, "openmetrics")),
  };
  const made = new Map<string, Promise<Buffer>>();
  const make = async (format: ExpositionFormat, encoding: ExpositionEncoding): Promise<Buffer> =>
    encoding === "gzip" ? joinGzip(await body.deflated(), ends[format]) : Buffer.concat([body.bytes, ends[format]]);
  return {
    bytes(format, encoding) {
      const key = `${format} ${encoding}`;
      const known = made.get(key) ?? make(format, encoding);
      made.set(key, known);
      return known;
    },
  };
}
