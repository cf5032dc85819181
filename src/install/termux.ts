import { existsSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import type { Installation, InstallRequest, InstallTarget } from "./target.ts";
import { filesOf, keepsWakeLock, renderBoot, renderWidgets, tellsSomebody, toConfig } from "./termux-files.ts";
import { findConfigInUse, isOurScript } from "./termux-in-use.ts";
import { findPlaces, type Places } from "./termux-places.ts";
import { prepareRemoval, retire } from "./termux-removal.ts";
import {
  chooseWay,
  describeWay,
  findEditedLine,
  INSTALL_API,
  isInstalled,
  isPossible,
  NAMES,
  probeApi,
  readCrontab,
  scheduleJob,
  startWay,
  type Way,
  WAYS,
} from "./termux-ways.ts";

/**
 * A service, a job or a cron line under Termux on Android, and what starts it after a reboot; from `termux/`. Places and
 * commands as in termux-services 0.13, termux-api 0.59, cronie, Termux:Boot and Termux:Widget.
 */
export const TERMUX: InstallTarget = {
  name: "termux",
  readsConfig: true,
  findConfigInUse,
  prepare(request) {
    refuseContradictions(request);
    const places = findPlaces(request);
    return request.isOn("uninstall") ? prepareRemoval(places, request) : prepareInstall(places, request);
  },
};

function prepareInstall(places: Places, request: InstallRequest): Installation {
  const { isOn, config, configPath, keepsConfig } = request;
  const crontab = readCrontab(places, request);
  const way = chooseWay(places, crontab, request);
  const editedLine = findEditedLine(way, places, crontab, isOn("force"));
  const schedule = scheduleJob(places, config?.needsNetwork === true);
  const starts = config === null || config.path === null ? [toConfig(configPath)] : [];
  const tells = starts.length > 0 || config?.channelTypes.includes("termux") === true;
  const isUnattended = way === "service" && !existsSync(join(places.service, "supervise/ok"));
  const others = WAYS.filter((other) => other !== way && isInstalled(other, places, crontab));
  // A line of cron says on the screen that nobody is told.
  const saysUntold = way === "cron" && !tellsSomebody(request);
  const showsByApp = way !== "job" && (tells || isOn("widget") || saysUntold);
  const hasApi = isPossible("job", places);
  return {
    files: [
      ...starts,
      ...filesOf(way, places, request),
      // One that is there would start another way.
      ...(isOn("boot") || existsSync(places.boot) ? [renderBoot(places, request, way, schedule)] : []),
      ...renderWidgets(places, request).filter(({ path }) => isOn("widget") || isOurScript(path)),
    ],
    // What is there goes on as it was, boot script and all, where the scheduler would not take the job.
    required: way === "job" ? [probeApi()] : [],
    start: (isChanged) => [
      ...startWay(way, { places, schedule, crontab, isChanged, isForced: isOn("force") }),
      ...(showsByApp && hasApi ? [{ ...probeApi(), isOptional: true, isTold: true } as const] : []),
    ],
    replaced: retire(others, { places, request, crontab }),
    edited: editedLine === null ? [] : ["the line of cron"],
    stop: () => [],
    afterRemoval: [],
    env: { SVDIR: join(places.prefix, "var/service") },
    notes: [
      describeWay(way, editedLine),
      ...others.map((other) => `it takes the place of the ${NAMES[other]}, which was stopped`),
      `config: ${config?.path ?? configPath}${keepsConfig ? ", as before; --config.file names another" : ""}`,
      ...(keepsWakeLock(places, request)
        ? ["the phone is kept awake after a reboot, as before; --drop-wake-lock ends that"]
        : []),
      ...(isUnattended ? ["termux-services starts it within seconds, or once you have closed and opened Termux"] : []),
      ...(way === "cron" ? ["cron has to run: sv-enable crond, or just crond"] : []),
      ...(tells ? [] : [describeTold(way, request)]),
      ...(config?.unwatching ? [config.unwatching] : []),
      ...(showsByApp && !hasApi ? [`nothing shows on the screen without Termux:API: ${INSTALL_API}`] : []),
      ...(isOn("boot") ? ["open the Termux:Boot app once, or Android does not start it"] : []),
      "let Android not optimise the battery use of Termux and Termux:API, or it will delay them",
    ],
    notesAfterRemoval: [],
  };
}

/** What the config says of who is told, where that is not the phone. */
function describeTold(way: Way, request: InstallRequest): string {
  if (tellsSomebody(request)) return "no channel of type termux is in the config, so the phone shows no notification";
  const untold = request.config?.untold ?? "";
  return way === "service"
    ? `${untold} and run this again, unless it is there for its metrics alone`
    : `${untold}; until then the screen says so`;
}

function refuseContradictions({ isOn }: InstallRequest): void {
  const ways = WAYS.filter((way) => isOn(way));
  const [first, second] = ways;
  if (second !== undefined) {
    throw new UsageError(`--${first}: expected no --${second} beside it, one is enough; leave one out`);
  }
  const narrowing = [...ways, "boot", "widget", "wake-lock", "drop-wake-lock"].find((name) => isOn(name));
  if (isOn("uninstall") && narrowing !== undefined) {
    throw new UsageError(
      `--${narrowing}: expected nothing of the kind beside --uninstall, which removes all; leave it out`,
    );
  }
  if (isOn("wake-lock") && !isOn("boot")) {
    throw new UsageError("--wake-lock: expected --boot beside it, whose script takes the lock; add it");
  }
  if (isOn("wake-lock") && isOn("drop-wake-lock")) {
    throw new UsageError("--wake-lock: expected no --drop-wake-lock beside it; leave one out");
  }
  if (isOn("purge") && !isOn("uninstall")) {
    throw new UsageError("--purge: expected --uninstall beside it; add it");
  }
}
