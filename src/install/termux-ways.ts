import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UnavailableError } from "../errors.ts";
import { addLine, findEdited, hasLine, removeLine } from "./crontab.ts";
import { readMark } from "./mark.ts";
import type { Command, InstallRequest } from "./target.ts";
import type { Places } from "./termux-places.ts";

/** What can run it, the best first. */
export const WAYS = ["service", "job", "cron"] as const;
export type Way = (typeof WAYS)[number];

/** Another with the same number would be replaced: the scheduler knows scripts of all programs by it alone. */
const JOB_ID = "10884";
/** The shortest that Android keeps to. */
const PERIOD_MS = 15 * 60_000;
const API_DEADLINE_MS = 15_000;
const INSTALL_APP = "install the Termux:API app, from where Termux is from, and open it once";

/** What each is called. */
export const NAMES: Readonly<Record<Way, string>> = { service: "service", job: "job", cron: "line of cron" };

const DESCRIBED: Readonly<Record<Way, string>> = {
  service: "a service of termux-services, which checks every five minutes while Android lets it: sv status agent-auth",
  job: "a job of Android's scheduler, every 15 minutes or when Android lets it: termux-job-scheduler --pending",
  cron: "a line of cron, every 15 minutes while Android lets it: crontab -l",
};

/** What a person should know of the way that was chosen. `edited` is what somebody made of the line of cron, and stays. */
export function describeWay(way: Way, edited: readonly string[] | null): string {
  if (edited === null) return `it runs as ${DESCRIBED[way]}`;
  const [first] = edited;
  return first === undefined
    ? "it does not run: its line of cron is commented out; --force replaces it"
    : `it runs when and as its line of cron says, which was edited: ${first}`;
}

/** What somebody made of the line of cron; null where nobody did, or it is replaced. */
export function findEditedLine(way: Way, places: Places, crontab: string, isForced: boolean): readonly string[] | null {
  return way === "cron" && !isForced ? findEdited(crontab, lineOf(places)) : null;
}

function lineOf({ cron }: Places): string {
  return `*/15 * * * * ${cron}`;
}

interface StartFacts {
  readonly places: Places;
  readonly schedule: Command;
  readonly crontab: string;
  readonly isChanged: boolean;
  readonly isForced: boolean;
}

/** What starts it, once its files are in place. */
export function startWay(way: Way, { places, schedule, crontab, isChanged, isForced }: StartFacts): readonly Command[] {
  switch (way) {
    case "service":
      // Nobody looks after it until runsvdir has found it, and then it is started anyway.
      return [["sv-enable", "agent-auth"], ...(isChanged ? [["sv", "restart", "agent-auth"]] : [])].map((argv) => ({
        argv,
        isOptional: true,
      }));
    case "job":
      return [schedule];
    case "cron":
      return writeCrontab(places, crontab, addLine(crontab, lineOf(places), { isForced }));
  }
}

/** What ends a way that is there, also where a script of it was edited and stays. */
export function stopWay(way: Way, places: Places, crontab: string): readonly Command[] {
  if (!isInstalled(way, places, crontab)) return [];
  switch (way) {
    case "service":
      return [
        { argv: ["sv-disable", "agent-auth"], isOptional: true },
        { argv: ["sv", "-w", "20", "stop", "agent-auth"], isOptional: true },
      ];
    case "job":
      return [{ ...callApi(["--cancel", "--job-id", JOB_ID]), isOptional: true }];
    case "cron":
      return writeCrontab(places, crontab, removeLine(crontab));
  }
}

/** The scheduler keeps it over a reboot. */
export function scheduleJob({ job }: Places, needsNetwork: boolean): Command {
  const timing = ["--job-id", JOB_ID, "--period-ms", String(PERIOD_MS), "--persisted", "true"];
  const conditions = ["--network", needsNetwork ? "any" : "none", "--battery-not-low", "false"];
  return callApi(["--script", job, ...timing, ...conditions]);
}

/** Finds out whether the app answers; it changes nothing. */
export function probeApi(): Command {
  return callApi(["--pending"]);
}

function callApi(args: readonly string[]): Command {
  return { argv: ["termux-job-scheduler", ...args], deadlineMs: API_DEADLINE_MS, remedy: INSTALL_APP };
}

/** The one that was asked for, that is there already, or the best that this phone has. Throws `UnavailableError`. */
export function chooseWay(places: Places, crontab: string, { isOn }: InstallRequest): Way {
  const asked = WAYS.find((way) => isOn(way));
  const possible = WAYS.filter((way) => isPossible(way, places));
  const found = asked ?? findWay(places, crontab);
  const way = found ?? possible[0];
  if (way === undefined) {
    const remedy = ["job", "service", "cron"].map((one) => NEEDED[one as Way].install).join(", or ");
    throw new UnavailableError(`termux: expected something that can run it, found none; run ${remedy}`);
  }
  if (possible.includes(way)) return way;
  const { program, install } = NEEDED[way];
  if (asked !== undefined) {
    throw new UnavailableError(`--${way}: expected ${program}, which is not installed; run ${install}`);
  }
  const others = possible.length === 0 ? "" : `, or switch with ${possible.map((one) => `--${one}`).join(" or ")}`;
  throw new UnavailableError(
    `termux: expected ${program} for the ${NAMES[way]} that is installed, found none; run ${install}${others}`,
  );
}

/** What a way has to have from packages. */
export function isPossible(way: Way, { prefix }: Places): boolean {
  return existsSync(join(prefix, "bin", NEEDED[way].program));
}

/** The one that runs it now; one that was stopped may have left an edited script behind. */
export function findWay(places: Places, crontab: string): Way | undefined {
  const installed = WAYS.filter((way) => isInstalled(way, places, crontab));
  return installed.find((way) => !isStopped(way, places)) ?? installed[0];
}

function isStopped(way: Way, { service, job }: Places): boolean {
  if (way === "service") return existsSync(join(service, "down"));
  return way === "job" && readMark(readFileSync(job, "utf8")) === "edited";
}

export const INSTALL_API = "pkg install termux-api, and install the Termux:API app";

const NEEDED: Readonly<Record<Way, { readonly program: string; readonly install: string }>> = {
  service: { program: "sv-enable", install: "pkg install termux-services, then close and open Termux" },
  job: { program: "termux-job-scheduler", install: INSTALL_API },
  cron: { program: "crontab", install: "pkg install cronie" },
};

export function isInstalled(way: Way, places: Places, crontab: string): boolean {
  if (way === "cron") return hasLine(crontab);
  return existsSync(way === "job" ? places.job : join(places.service, "run"));
}

/** Empty when there is none. What cannot be read is not replaced either. */
export function readCrontab({ prefix }: Places, { env }: Pick<InstallRequest, "env">): string {
  const program = join(prefix, "bin/crontab");
  if (!existsSync(program)) return "";
  const { status, stdout, stderr } = spawnSync(program, ["-l"], { env: { ...env }, encoding: "utf8", timeout: 10_000 });
  if (status === 0) return stdout;
  if (/no crontab/i.test(stderr)) return "";
  throw new UnavailableError("crontab -l failed, so what it holds is not known; see what it says");
}

function writeCrontab({ prefix }: Places, before: string, after: string): readonly Command[] {
  if (after === before) return [];
  const program = join(prefix, "bin/crontab");
  return [after === "" ? { argv: [program, "-r"] } : { argv: [program, "-"], stdin: after }];
}
