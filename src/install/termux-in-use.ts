import { lstatSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { UnavailableError } from "../errors.ts";
import { errorCode } from "../files.ts";
import { readShellWord } from "../shell-word.ts";
import { readMark } from "./mark.ts";
import type { InstallRequest } from "./target.ts";
import { widgetPaths } from "./termux-files.ts";
import { findPlaces, type Places } from "./termux-places.ts";
import { findWay, readCrontab, type Way } from "./termux-ways.ts";

/**
 * The config that what is installed was told to read: by the way that runs, else by a widget. Null where nothing is
 * installed, or it finds its config in the usual place. Throws `UnavailableError` for a script whose path only a shell
 * understands.
 */
export function findConfigInUse(request: Pick<InstallRequest, "env">): string | null {
  const places = findPlaces(request);
  const way = findWay(places, readCrontab(places, request));
  const paths = [...(way === undefined ? [] : [scriptOf(way, places)]), ...widgetPaths(places)];
  const script = paths.find((path) => isOurScript(path));
  return script === undefined ? null : readConfigPath(script);
}

function scriptOf(way: Way, { service, job, cron }: Places): string {
  return { service: join(service, "run"), job, cron }[way];
}

/** Also one that somebody edited. */
export function isOurScript(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true && readMark(readScript(path)) !== "foreign";
}

function readScript(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UnavailableError(`${path}: cannot be read (${errorCode(error)})`, { cause: error });
  }
}

function readConfigPath(script: string): string | null {
  const [, rest] = /^[^#\n]*--config\.file[ =](.*)$/m.exec(readScript(script)) ?? [];
  if (rest === undefined) return null;
  const path = readShellWord(rest);
  if (path !== null && isAbsolute(path)) return path;
  throw new UnavailableError(
    `${script}: expected a path behind --config.file, found ${rest.trim()}; name the config with --config.file`,
  );
}
