import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { Command, Installation, InstallRequest, Retired } from "./target.ts";
import { filesOf, renderBoot, renderWidgets, toConfig } from "./termux-files.ts";
import type { Places } from "./termux-places.ts";
import { readCrontab, scheduleJob, stopWay, type Way, WAYS } from "./termux-ways.ts";

/** For all notifications together; each takes a moment. */
const SCREEN_MS = 20_000;
const SWIPE = "swipe away what is still on the screen";

interface Found {
  readonly places: Places;
  readonly request: InstallRequest;
  readonly crontab: string;
}

/** What becomes of ways to run, when they go. */
export function retire(ways: readonly Way[], { places, request, crontab }: Found): Retired {
  const { service, log, job } = places;
  return {
    files: ways.flatMap((way) => filesOf(way, places, request)),
    stop: ways.flatMap((way) => stopWay(way, places, crontab)),
    leavings: (files) =>
      files.includes(join(service, "run"))
        ? [...["down", "supervise", "log/supervise"].map((name) => join(service, name)), log]
        : [],
    directories: [join(service, "log"), service, dirname(log), dirname(job), dirname(dirname(job))],
  };
}

/** Everything that any installation could have left. */
export function prepareRemoval(places: Places, request: InstallRequest): Installation {
  const { env, isOn, configPath } = request;
  const { prefix, home, boot, shortcuts } = places;
  const ways = retire(WAYS, { places, request, crontab: readCrontab(places, request) });
  const state = join(inHome(env, "XDG_STATE_HOME", join(home, ".local/state")), "agent-auth-exporter");
  const cache = join(inHome(env, "XDG_CACHE_HOME", join(home, ".cache")), "agent-auth-exporter");
  const isPurge = isOn("purge");
  const anyBoot = renderBoot(places, request, "service", scheduleJob(places, false));
  return {
    files: [...ways.files, anyBoot, ...renderWidgets(places, request), toConfig(configPath)],
    required: [],
    start: () => [],
    stop: () => [...ways.stop, ...clearScreen(request.onScreen)],
    afterRemoval: [],
    env: { SVDIR: join(prefix, "var/service") },
    leavings: (files) => [...ways.leavings(files), ...(isPurge ? [state, cache] : [])],
    directories: [
      ...ways.directories,
      join(shortcuts, "tasks"),
      shortcuts,
      dirname(boot),
      join(home, ".termux"),
      dirname(configPath),
      dirname(dirname(configPath)),
      ...(isPurge ? [dirname(state), dirname(dirname(state))] : []),
      // Where a variable of XDG names a directory right below the home, that is one step too far.
    ].filter((directory) => !`${home}/`.startsWith(`${directory}/`)),
    notes: [],
    notesAfterRemoval: isPurge
      ? []
      : existsSync(state)
        ? [`what it remembers stays in ${state}; --purge removes that as well`]
        : [],
  };
}

/** One command, so that without the Termux:API app one deadline is waited for and not one for each. */
function clearScreen(ids: readonly string[]): readonly Command[] {
  if (ids.length === 0) return [];
  const program = "termux-notification-remove";
  const argv = ["sh", "-c", `for id do ${program} "$id" || exit; done`, "sh", ...ids];
  const inWords = { act: "remove", what: "the notifications of agent-auth from the screen", program };
  return [{ argv, inWords, isOptional: true, deadlineMs: SCREEN_MS, remedy: SWIPE }];
}

function inHome(env: InstallRequest["env"], name: string, otherwise: string): string {
  const named = env[name];
  return named !== undefined && isAbsolute(named) ? named : otherwise;
}
