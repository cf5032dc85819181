import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { UsageError } from "../errors.ts";
import type { Installation, InstallRequest, InstallTarget } from "./target.ts";
import { filesOf, renderBoot, renderWidgets, toConfig } from "./termux-files.ts";
import { findPlaces, type Places } from "./termux-places.ts";
import {
  chooseWay,
  DESCRIBED,
  isInstalled,
  readCrontab,
  scheduleJob,
  startWay,
  stopWays,
  WAYS,
} from "./termux-ways.ts";

/**
 * A service, a job or a cron line under Termux on Android, and what starts it after a reboot; from `termux/`. Places and
 * commands as in termux-services 0.13, termux-api 0.59, cronie, Termux:Boot and Termux:Widget.
 */
export const TERMUX: InstallTarget = {
  name: "termux",
  readsConfig: true,
  prepare(request) {
    refuseContradictions(request);
    const places = findPlaces(request);
    return request.isOn("uninstall") ? prepareRemoval(places, request) : prepareInstall(places, request);
  },
};

function prepareInstall(places: Places, request: InstallRequest): Installation {
  const { isOn, config, configPath } = request;
  const crontab = readCrontab(places, request);
  const way = chooseWay(places, crontab, request);
  const schedule = scheduleJob(places, config?.needsNetwork === true);
  const starts = config === null || config.path === null ? [toConfig(configPath)] : [];
  const tells = starts.length > 0 || config?.channelTypes.includes("termux") === true;
  const isUnattended = way === "service" && !existsSync(join(places.service, "supervise/ok"));
  const boot = isOn("boot") ? [renderBoot(places, request, way, schedule)] : [];
  return {
    files: [
      ...starts,
      ...filesOf(way, places, request),
      ...boot,
      ...(isOn("widget") ? renderWidgets(places, request) : []),
    ],
    required: [],
    start: (isChanged) => startWay(way, { places, schedule, crontab, isChanged, isForced: isOn("force") }),
    stop: () => [],
    afterRemoval: [],
    env: { SVDIR: join(places.prefix, "var/service") },
    notes: [
      `it runs as ${DESCRIBED[way]}`,
      `config: ${config?.path ?? configPath}`,
      ...(isUnattended ? ["termux-services starts it within seconds, or once you have closed and opened Termux"] : []),
      ...(way === "cron" ? ["cron has to run: sv-enable crond, or just crond"] : []),
      ...(tells ? [] : ["no channel of type termux is in the config, so the phone shows no notification"]),
      ...WAYS.filter((other) => other !== way && isInstalled(other, places, crontab)).map(
        (other) => `${other} is installed too; --uninstall removes both`,
      ),
      ...(isOn("boot") ? ["open the Termux:Boot app once, or Android does not start it"] : []),
      "let Android not optimise the battery use of Termux and Termux:API, or it will delay them",
    ],
    notesAfterRemoval: [],
  };
}

function prepareRemoval(places: Places, request: InstallRequest): Installation {
  const { env, isOn, configPath } = request;
  const crontab = readCrontab(places, request);
  const { service, log, prefix, home, job, boot, shortcuts } = places;
  const state = join(inHome(env, "XDG_STATE_HOME", join(home, ".local/state")), "agent-auth-exporter");
  const cache = join(inHome(env, "XDG_CACHE_HOME", join(home, ".cache")), "agent-auth-exporter");
  const isPurge = isOn("purge");
  const anyBoot = renderBoot(places, request, "service", scheduleJob(places, false));
  return {
    files: [
      ...WAYS.flatMap((way) => filesOf(way, places, request)),
      anyBoot,
      ...renderWidgets(places, request),
      toConfig(configPath),
    ],
    required: [],
    start: () => [],
    stop: () => stopWays(places, crontab),
    afterRemoval: [],
    env: { SVDIR: join(prefix, "var/service") },
    leavings: (files) => [
      ...(files.includes(join(service, "run"))
        ? [...["down", "supervise", "log/supervise"].map((name) => join(service, name)), log]
        : []),
      ...(isPurge ? [state, cache] : []),
    ],
    directories: [
      join(service, "log"),
      service,
      dirname(log),
      dirname(job),
      dirname(dirname(job)),
      join(shortcuts, "tasks"),
      shortcuts,
      dirname(boot),
      join(home, ".termux"),
      dirname(configPath),
      dirname(dirname(configPath)),
      ...(isPurge ? [dirname(state), dirname(dirname(state))] : []),
    ],
    notes: [],
    notesAfterRemoval: isPurge
      ? []
      : existsSync(state)
        ? [`what it remembers stays in ${state}; --purge removes that as well`]
        : [],
  };
}

function refuseContradictions({ isOn }: InstallRequest): void {
  const ways = WAYS.filter((way) => isOn(way));
  const [first, second] = ways;
  if (second !== undefined) {
    throw new UsageError(`--${first}: expected no --${second} beside it, one is enough; leave one out`);
  }
  const narrowing = [...ways, "boot", "widget", "wake-lock"].find((name) => isOn(name));
  if (isOn("uninstall") && narrowing !== undefined) {
    throw new UsageError(
      `--${narrowing}: expected nothing of the kind beside --uninstall, which removes all; leave it out`,
    );
  }
  if (isOn("wake-lock") && !isOn("boot")) {
    throw new UsageError("--wake-lock: expected --boot beside it, whose script takes the lock; add it");
  }
  if (isOn("purge") && !isOn("uninstall")) {
    throw new UsageError("--purge: expected --uninstall beside it; add it");
  }
}

function inHome(env: InstallRequest["env"], name: string, otherwise: string): string {
  const named = env[name];
  return named !== undefined && isAbsolute(named) ? named : otherwise;
}
