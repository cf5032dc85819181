import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { renderOptions } from "../alerts/silence-command.ts";
import type { Config } from "../config/config.ts";
import { createConfigReloader } from "../config/reload.ts";
import { ConfigError } from "../errors.ts";
import { renderSnapshotJson, renderSteadyJson } from "../format/json.ts";
import { checkCode } from "../exit-code.ts";
import { cleanText, createLogger } from "../log.ts";
import { createExposition } from "../metrics/expose.ts";
import { BEATS, createSchedule } from "../schedule.ts";
import { sweepPrivateCopies } from "../stores/private-copy.ts";
import { REVISION, VERSION } from "../version.ts";
import { createPace, createWatcher, type Watcher } from "../watch.ts";
import { createWebServer } from "../web/server.ts";
import { createWorker } from "../worker.ts";
import type { RunCommand } from "./command.ts";
import { describeGap } from "./config-gap.ts";
import { openConfigScreen, showConfigMistake } from "./config-mistake.ts";
import { refuseBadTextfile } from "./open-publishers.ts";
import { openPublishing } from "./publishing.ts";
import { openTelling } from "./telling.ts";
import { openConfig } from "./open-config.ts";
import { openWebConfig } from "./open-web-config.ts";
import { tellGaps } from "./tell-gaps.ts";
import { openSupervisor, tellOfCheck } from "./supervisor.ts";
import { openSource } from "./source.ts";
import { catchStopSignals } from "./stop-signal.ts";

/** Everything has to end within this time of SIGTERM, or it is cut off. */
const STOP_MS = 10_000;
/** Answers under way get this much of it. */
const DRAIN_MS = 5_000;
const ANSWERS_MS = 200;

/** `agent-auth serve`: the scheduled worker and its web server, wired together until a signal ends them. */
export const runServeCommand: RunCommand = async (options, context) => {
  // Unless somebody listens, Node opens its debugger, through which a local process can read our memory.
  process.on("SIGUSR1", () => undefined);
  // From here on a signal must not end us before what was made is removed.
  const stopped = catchStopSignals().first;
  const cutOffSoon = (): void => void setTimeout(() => process.exit(1), STOP_MS).unref();
  stopped.then(cutOffSoon, cutOffSoon);
  let isHungUp = false;
  let onHangUp = (): void => void (isHungUp = true);
  process.on("SIGHUP", () => onHangUp());
  const isTelling = options.isOn("expect-channel");
  const followConfig = openConfigScreen(context, { isTelling });
  const load = async () => {
    const loaded = await openConfig(options, context);
    refuseBadTextfile(loaded.config, options, context.env);
    warnings = [loaded.warning, isTelling ? describeGap(loaded.config) : null].filter((text) => text !== null);
    followConfig(loaded);
    return loaded;
  };
  let warnings: readonly string[] = [];
  const { config: first } = await load().catch(async (error: unknown) => {
    await showConfigMistake(error, context);
    throw error;
  });
  const reloader = createConfigReloader(load, first);
  const { level, format } = reloader.current.log;
  const log = await createLogger({ level, format });
  const webConfig = await openWebConfig(reloader.current.web.configFile, log, context.now);
  for (const warning of warnings) log.warn(warning);
  sweepPrivateCopies();
  const source = await openSource(reloader.current, context, {
    isDemo: options.isOn("demo"),
    isDemoIfEmpty: options.isOn("demo-if-empty"),
    onAnswer: () => answers.notice(),
  });
  // Hosts that answer one after the other are shown together.
  const answers = createPace(
    () => void schedule.request("remote").catch((error: unknown) => tellBug(log, error)),
    ANSWERS_MS,
  );
  if (source.isDemo) log.warn("showing the embedded demo: none of this is real");

  const supervisor = await openSupervisor(context.env, log);
  const telling = openTelling(reloader.current, {
    isDemo: source.isDemo,
    env: context.env,
    log,
    now: context.now,
    onDecisionDue: () => void schedule.request("alerts").catch((error: unknown) => tellBug(log, error)),
    onChange: () => void exposition.refresh().catch((error: unknown) => tellBug(log, error)),
  });
  const publishing = await openPublishing(reloader.current, {
    isDemo: source.isDemo,
    env: context.env,
    log,
    onChange: () => void exposition.refresh().catch((error: unknown) => tellBug(log, error)),
  });
  const exposition = await createExposition({
    ...labelOptions(reloader.current),
    hasRuntime: reloader.current.metrics.runtime,
    isDemo: source.isDemo,
    build: { version: VERSION, revision: REVISION, nodeVersion: process.versions.node },
    now: context.now(),
    alerts: () => telling.figures(),
    heartbeatFailures: () => telling.heartbeatFailures(),
    publications: () => publishing.figures(),
  });
  let checker = source.openChecker(reloader.current);
  const watching: { watcher: Watcher | null } = { watcher: null };
  const worker = createWorker({
    checker: () => checker,
    exposition,
    warnings: () => source.warnings(),
    nextRuns: (count) => schedule.nextRuns(count),
    onSnapshot(snapshot) {
      watching.watcher?.follow(snapshot);
      telling.handle(snapshot);
      webConfig.lookAgain();
    },
    onMetrics: () => publishing.hand(exposition.published),
    heartbeat: () => telling.heartbeat(),
    log,
    commandOptions: () => renderOptions(reloader.current.alerts.commandOptions ?? [], cleanText),
    now: context.now,
    isDemo: source.isDemo,
  });
  const schedule = await createSchedule({
    cron: reloader.current.schedule,
    timezone: reloader.current.timezone,
    async run(reason) {
      if (BEATS.has(reason)) source.remotes.ask().catch((error: unknown) => tellBug(log, error));
      await worker.run(reason);
      if (supervisor !== null)
        tellOfCheck(supervisor, worker.state.snapshot, { nextRuns: schedule.nextRuns, now: context.now() });
    },
    onMissed: (dueAt) => {
      exposition.countMissed();
      log.warn({ dueAt }, "a check was missed; making up for it");
    },
    onGaps: (gaps) => tellGaps(log, gaps),
    onError: (error) => log.error({ err: error }, "a check could not be published"),
  });
  const watchIfAsked = (config: Config): void => {
    if (config.watch) {
      watching.watcher ??= openWatcher(() => schedule.request("watch"), log);
    } else {
      watching.watcher?.close();
      watching.watcher = null;
    }
  };

  const web = JSON.stringify(reloader.current.web);
  const started = reloader.current;
  let isConfigGood = true;
  const publishWebConfig = (): void => {
    const isGood = isConfigGood && webConfig.fault === null;
    const published = exposition.reloadConfig(isGood ? labelOptions(reloader.current) : null, context.now());
    published.catch((error: unknown) => tellBug(log, error));
  };
  const takeConfig = async (): Promise<void> => {
    const outcome = await reloader.reload();
    isConfigGood = outcome.ok;
    if (!outcome.ok) {
      await exposition.reloadConfig(null, context.now());
      log.error({ problems: outcome.message.split("\n") }, "the config cannot be used; the one before stays in force");
      throw new ConfigError(`the config stays as it was: ${outcome.message}`);
    }
    const config = keepState(outcome.config, started);
    for (const key of findKept(outcome.config, started))
      log.warn(`a change of \`${key}\` takes effect at the next start`);
    if (JSON.stringify(config.web) !== web) log.warn("a change of `web` takes effect at the next start");
    log.level = config.log.level;
    checker = source.openChecker(config);
    watchIfAsked(config);
    await telling.reconfigure(config);
    await publishing.reconfigure(config);
    await schedule.change({ cron: config.schedule, timezone: config.timezone });
    await exposition.reloadConfig(labelOptions(config), context.now());
    webConfig.reload();
    log.info("config reloaded");
    for (const warning of warnings) log.warn(warning);
    await schedule.request("reload");
    if (webConfig.fault !== null) {
      throw new ConfigError(`the config was reloaded; the web config stays as it was: ${webConfig.fault}`);
    }
  };

  const reload = (): Promise<void> => (supervisor === null ? takeConfig() : supervisor.whileReloading(takeConfig));

  const closing = [() => schedule.stop(), () => telling.stop(DRAIN_MS), () => publishing.stop(DRAIN_MS)];
  try {
    const server = await createWebServer({
      listenAddresses: reloader.current.web.listenAddress,
      telemetryPath: reloader.current.web.telemetryPath,
      isLifecycleEnabled: reloader.current.web.enableLifecycle,
      hosts: reloader.current.web.hosts,
      security: webConfig.security,
      state: () => worker.state,
      exposition: () => exposition.current,
      statusJson: (snapshot) => renderSnapshotJson(snapshot, checkCode(snapshot)),
      statusIdentity: (snapshot) => renderSteadyJson(snapshot, checkCode(snapshot)),
      reload,
      emails: () => reloader.current.labels.emails,
      now: context.now,
      log,
    });
    closing.push(() => server.close(DRAIN_MS));
    webConfig.follow({ apply: (security) => server.secure(security), onOutcome: publishWebConfig });
    onHangUp = () => void reload().catch((error: unknown) => tellBug(log, error));
    log.info({ addresses: server.addresses, version: VERSION, schedule: reloader.current.schedule }, "serving");
    watchIfAsked(reloader.current);
    if (isHungUp) onHangUp();
    await Promise.race([stopped, schedule.request("start")]);
    log.info({ signal: await stopped }, "stopping");
    return 0;
  } finally {
    onHangUp = () => undefined;
    cutOffSoon();
    watching.watcher?.close();
    source.remotes.close();
    answers.stop();
    webConfig.close();
    if (supervisor !== null) closing.unshift(() => supervisor.stopping());
    await Promise.all(closing.map((close) => close()));
    source.close();
  }
};

/** What says where our own state is, which is open already; each shard has one of its own. */
function keepState(config: Config, { storage, discovery: { shard } }: Config): Config {
  return { ...config, storage, discovery: { ...config.discovery, shard } };
}

function findKept(changed: Config, started: Config): readonly string[] {
  return [
    ...(isDeepStrictEqual(changed.discovery.shard, started.discovery.shard) ? [] : ["discovery.shard"]),
    ...(isDeepStrictEqual(changed.storage, started.storage) ? [] : ["storage"]),
  ];
}

function labelOptions({ labels, metrics }: Config): { emails: Config["labels"]["emails"]; maxSeries: number } {
  return { emails: labels.emails, maxSeries: metrics.maxSeries };
}

function openWatcher(request: () => Promise<void>, log: Logger): Watcher {
  return createWatcher({
    onChange: () => void request().catch((error: unknown) => tellBug(log, error)),
    onUnavailable: (reason) => log.warn({ reason }, "changes are noticed at the next scheduled check only"),
  });
}

function tellBug(log: Logger, error: unknown): void {
  if (!(error instanceof ConfigError)) log.error({ err: error }, "unexpected error");
}
