import { nagiosCode } from "../exit-code.ts";
import { selectSnapshot } from "../select.ts";
import { listFreshProfiles, STATUSES, type CheckCode } from "../snapshot.ts";
import type { CheckReport } from "./format.ts";
import { plural } from "./text.ts";
import { describeFinding } from "./words.ts";

const STATES: Record<CheckCode, string> = { 0: "OK", 1: "WARNING", 2: "CRITICAL", 3: "UNKNOWN" };

/** One status line with performance data, as the Monitoring Plugins guidelines lay down: `|` starts the numbers. */
export function renderNagios(report: CheckReport): string {
  const { findings, exitCode } = report;
  const state = STATES[nagiosCode(exitCode)];
  return `AGENT AUTH ${state} - ${describe(report, findings.length).replaceAll("|", "¦")} | ${countStatuses(report)}\n`;
}

function describe({ findings, snapshot, question }: CheckReport, total: number): string {
  const [gravest] = findings;
  if (gravest === undefined) {
    const { installations } = selectSnapshot(snapshot, question);
    const profiles = installations.reduce((sum, installation) => sum + installation.profiles.length, 0);
    return `${plural(profiles, "profile")} checked`;
  }
  const { word, where, detail } = describeFinding(gravest, snapshot.at);
  const more = total > 1 ? ` (and ${total - 1} more)` : "";
  return `${word}: ${where}${detail === "" ? "" : `, ${detail}`}${more}`;
}

function countStatuses({ snapshot, question, findings }: CheckReport): string {
  const { installations } = selectSnapshot(snapshot, question);
  const all = installations.flatMap((installation) => installation.profiles);
  const profiles = installations.flatMap(listFreshProfiles);
  const problems = findings.filter(({ code }) => code === 3).length;
  const numbers: readonly (readonly [label: string, value: number])[] = [
    ...STATUSES.map((status) => [status, profiles.filter((profile) => profile.status === status).length] as const),
    ["stale", all.length - profiles.length],
    ["unusable", profiles.filter(({ unusable }) => unusable !== null).length],
    ["problems", problems],
  ];
  return numbers.map(([label, value]) => `'${label}'=${value};;;0`).join(" ");
}
