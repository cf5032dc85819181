import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UnavailableError } from "../errors.ts";
import { addLine, hasLine, removeLine } from "./crontab.ts";
import type { Command, InstallRequest } from "./target.ts";
import type { Places } from "./termux-places.ts";

/** What can run it, the best first. */
export const WAYS = ["service", "job", "cron"] as const;
export type Way = (typeof WAYS)[number];

/** Another with the same number would be replaced: the scheduler knows scripts of all programs by it alone. */
const JOB_ID = "10884";
/** The shortest that Android keeps to. */
const PERIOD_MS = 15 * 60_000;
const API_DEADLINE = { ms: 15_000, remedy: "install the Termux:API app, from where Termux is from, and open it once" };

/** What a person should know of each. */
export const DESCRIBED: Readonly<Record<Way, string>> = {
  service: "a service of termux-services, which checks every five minutes while Android lets it: sv status agent-auth",
  job: "a job of Android's scheduler, every 15 minutes or when Android lets it: termux-job-scheduler --pending",
  cron: "a line of cron, every 15 minutes while Android lets it: crontab -l",
};

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
      return writeCrontab(places, crontab, addLine(crontab, `*/15 * * * * ${places.cron}`, { isForced }));
  }
}

/** What ends each of the ways that are there, also where a script of it was edited and stays. */
export function stopWays(places: Places, crontab: string): readonly Command[] {
  const disable = ["sv-disable", "agent-auth"];
  const stop = ["sv", "-w", "20", "stop", "agent-auth"];
  const commands: readonly Command[] = [
    ...(isInstalled("service", places, crontab) ? [{ argv: disable }, { argv: stop }] : []),
    ...(isInstalled("job", places, crontab) ? [callApi(["--cancel", "--job-id", JOB_ID])] : []),
  ];
  return [
    ...commands.map((command) => ({ ...command, isOptional: true as const })),
    ...writeCrontab(places, crontab, removeLine(crontab)),
  ];
}

/** The scheduler keeps it over a reboot. */
export function scheduleJob({ job }: Places, needsNetwork: boolean): Command {
  const timing = ["--job-id", JOB_ID, "--period-ms", String(PERIOD_MS), "--persisted", "true"];
  const conditions = ["--network", needsNetwork ? "any" : "none", "--battery-not-low", "false"];
  return callApi(["--script", job, ...timing, ...conditions]);
}

function callApi(args: readonly string[]): Command {
  return { argv: ["termux-job-scheduler", ...args], deadline: API_DEADLINE };
}

/** The one that was asked for, that is there already, or the best that this phone has. */
export function chooseWay(places: Places, crontab: string, { isOn }: InstallRequest): Way {
  const asked = WAYS.find((way) => isOn(way));
  const has = (name: string): boolean => existsSync(join(places.prefix, "bin", name));
  const missing = WAYS.filter((way) => !has(NEEDED[way].program));
  const way =
    asked ?? WAYS.find((one) => isInstalled(one, places, crontab)) ?? WAYS.find((one) => !missing.includes(one));
  if (way === undefined) {
    throw new UnavailableError("termux: expected something that can run it, found none; run pkg install termux-api");
  }
  if (!missing.includes(way)) return way;
  const { program, install } = NEEDED[way];
  throw new UnavailableError(`--${way}: expected ${program}, which is not installed; run ${install}`);
}

const NEEDED: Readonly<Record<Way, { readonly program: string; readonly install: string }>> = {
  service: { program: "sv-enable", install: "pkg install termux-services, then close and open Termux" },
  job: { program: "termux-job-scheduler", install: "pkg install termux-api, and install the Termux:API app" },
  cron: { program: "crontab", install: "pkg install cronie" },
};

export function isInstalled(way: Way, places: Places, crontab: string): boolean {
  if (way === "cron") return hasLine(crontab);
  return existsSync(way === "job" ? places.job : join(places.service, "run"));
}

/** Empty when there is none. What cannot be read is not replaced either. */
export function readCrontab({ prefix }: Places, { env }: InstallRequest): string {
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
