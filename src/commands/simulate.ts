import type { AlertMemory } from "../alerts/alert-store.ts";
import { lastScope } from "../alerts/lifetime.ts";
import { EMPTY_MEMORY } from "../alerts/memory.ts";
import type { Foretold } from "../alerts/simulate.ts";
import type { Config } from "../config/config.ts";
import { wrap } from "../format/terminal.ts";
import { selectPolicies } from "./alert-state.ts";
import type { RunCommand } from "./command.ts";
import { parseDurationOption, parseInstantOption } from "./instant.ts";
import { renderRows } from "./entries.ts";
import { openChecker } from "./open-checker.ts";
import { widthOf } from "./width.ts";

/** A longer run of messages that only repeat is told in one line. */
const MAX_REPEATS = 2;

const MONTH_MS = 30 * 86_400_000;

/** `agent-auth simulate`: who would be told what and when, if nothing changed but the time. Sends nothing. */
export const runSimulateCommand: RunCommand = async (options, context) => {
  const now = context.now();
  const fromText = options.text("from") ?? "now";
  const from = fromText === "now" ? now : parseInstantOption(fromText, now, "from");
  const lastsMs = parseDurationOption("for", options.text("for")) ?? MONTH_MS;
  const to = new Date(from.getTime() + lastsMs);
  const { checker, config, storagePath } = await openChecker(options, context);
  const channels = selectPolicies(config, options.list("channel"));
  // What is observed now is remembered first, so that a cooldown seen today has a beginning.
  await checker.check(now);
  const [{ simulate }, { asIfDelivered, readAlertMemory }] = await Promise.all([
    import("../alerts/simulate.ts"),
    import("../alerts/read-memory.ts"),
  ]);
  const known = options.isOn("fresh") ? null : readAlertMemory(storagePath);
  const memory = known === null ? EMPTY_MEMORY : asIfDelivered(known);
  const look = async (at: Date) => checker.check(now, at);
  const foretold: Foretold[] = [];
  const policy = { ...config.alerts, scope: lastScope(config.alerts.scope, memory.seen) };
  for await (const one of simulate({ look, policy, channels, from, to, memory })) foretold.push(one);
  const width = widthOf(context);
  const notes = [
    config.channels.length === 0 ? "no channels are configured; this is what one named default would be told" : "",
    known === null ? "" : describeStart(known, now),
  ].filter((note) => note !== "");
  context.write(notes.map((note) => `${wrap(note, width).join("\n")}\n\n`).join(""));
  context.write(await renderTable(foretold, config, { from, to, width }));
  return 0;
};

/** What the run begins with, when that is not nothing. */
function describeStart({ told, silences }: AlertMemory, now: Date): string {
  const firing = told.filter(({ state }) => state === "firing").length;
  const inForce = silences.filter(({ endsAt }) => endsAt > now).length;
  const parts = [firing === 0 ? "" : `${firing} told already`, inForce === 0 ? "" : `${inForce} silenced`];
  const known = parts.filter((part) => part !== "").join(", ");
  return known === "" ? "" : `begins with what is known: ${known} (--fresh begins with nothing)`;
}

interface Shown {
  readonly from: Date;
  readonly to: Date;
  readonly width: number;
}

async function renderTable(foretold: readonly Foretold[], { alerts }: Config, shown: Shown): Promise<string> {
  const [{ renderMessage }, { formatInstant }] = await Promise.all([
    import("../alerts/render.ts"),
    import("../alerts/message-words.ts"),
  ]);
  const { from, to, width } = shown;
  const instant = (at: Date): string => formatInstant(at, alerts.timezone);
  if (foretold.length === 0) return `nobody would be told anything from ${instant(from)} to ${instant(to)}\n`;
  const rows: string[][] = [];
  for (const run of gatherRepeats(foretold)) {
    const [first] = run;
    const last = run.at(-1);
    if (first === undefined || last === undefined) continue;
    const { at, notification } = first;
    const why = [...new Set(notification.items.map(({ because }) => because))].join(", ");
    rows.push([instant(at), notification.channel, why, renderMessage(notification, alerts, at).title]);
    if (run.length > 1) rows.push(["...", "", "", `${run.length - 1} more of these until ${instant(last.at)}`]);
  }
  return renderRows(["WHEN", "CHANNEL", "WHY", "TITLE"], rows, width);
}

/** Messages in order; of one channel, those that follow each other and only repeat are together. */
function gatherRepeats(foretold: readonly Foretold[]): readonly (readonly Foretold[])[] {
  const isRepeat = ({ notification }: Foretold): boolean =>
    notification.items.every(({ because }) => because === "repeat");
  const runs: Foretold[][] = [];
  const latest = new Map<string, Foretold[]>();
  for (const one of foretold) {
    const { channel } = one.notification;
    const run = latest.get(channel);
    if (run !== undefined && isRepeat(one) && run.every(isRepeat)) {
      run.push(one);
      continue;
    }
    const begun = [one];
    latest.set(channel, begun);
    runs.push(begun);
  }
  const shown = runs.flatMap((run) => (run.length > MAX_REPEATS ? [run] : run.map((one) => [one])));
  return shown.toSorted(([a], [b]) => (a?.at.getTime() ?? 0) - (b?.at.getTime() ?? 0));
}
