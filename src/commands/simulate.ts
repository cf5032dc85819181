import type { Foretold } from "../alerts/simulate.ts";
import type { ChannelPolicy } from "../alerts/policy.ts";
import type { Config } from "../config/config.ts";
import { UsageError } from "../errors.ts";
import { measure, pad } from "../format/terminal.ts";
import type { RunCommand } from "./command.ts";
import { parseDurationOption, parseInstantOption } from "./instant.ts";
import { openChecker } from "./open-checker.ts";

/** A longer run of messages that only repeat is told in one line. */
const MAX_REPEATS = 2;

const MONTH_MS = 30 * 86_400_000;

/** Stands in while nothing is configured: everything from warning on, at any time. */
const DEFAULT_CHANNEL: ChannelPolicy = {
  name: "default",
  minSeverity: "warning",
  match: [],
  sendResolved: true,
  quietHours: null,
  evening: null,
  refreshEveryMs: null,
};

/** `agent-auth simulate`: who would be told what and when, if nothing changed but the time. Sends nothing. */
export const runSimulateCommand: RunCommand = async (options, context) => {
  const now = context.now();
  const fromText = options.text("from") ?? "now";
  const from = fromText === "now" ? now : parseInstantOption(fromText, now, "from");
  const lastsMs = parseDurationOption("for", options.text("for")) ?? MONTH_MS;
  const to = new Date(from.getTime() + lastsMs);
  const { checker, config } = await openChecker(options, context);
  const channels = selectChannels(config, options.list("channel"));
  // What is observed now is remembered first, so that a cooldown seen today has a beginning.
  await checker.check(now);
  const { simulate } = await import("../alerts/simulate.ts");
  const look = async (at: Date) => checker.check(now, at);
  const foretold: Foretold[] = [];
  for await (const one of simulate({ look, policy: config.alerts, channels, from, to })) foretold.push(one);
  if (config.channels.length === 0)
    context.write("no channels are configured; this is what one named default would be told\n\n");
  context.write(await renderTable(foretold, config, from, to));
  return 0;
};

function selectChannels({ channels }: Config, names: readonly string[]): readonly ChannelPolicy[] {
  const policies = channels.length === 0 ? [DEFAULT_CHANNEL] : channels.map(({ policy }) => policy);
  const known = policies.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--channel: expected one of ${known.join(", ")}, got ${JSON.stringify(unknown)}`);
  }
  return names.length === 0 ? policies : policies.filter(({ name }) => names.includes(name));
}

async function renderTable(foretold: readonly Foretold[], { alerts }: Config, from: Date, to: Date): Promise<string> {
  const [{ renderMessage }, { formatInstant }] = await Promise.all([
    import("../alerts/render.ts"),
    import("../alerts/message-words.ts"),
  ]);
  const instant = (at: Date): string => formatInstant(at, alerts.timezone);
  if (foretold.length === 0) return `nobody would be told anything from ${instant(from)} to ${instant(to)}\n`;
  const rows: string[][] = [];
  for (const run of gatherRepeats(foretold)) {
    const shown = run.length > MAX_REPEATS ? run.slice(0, 1) : run;
    for (const { at, notification } of shown) {
      const why = [...new Set(notification.items.map(({ because }) => because))].join(", ");
      rows.push([instant(at), notification.channel, why, renderMessage(notification, alerts, at).title]);
    }
    const last = run.at(-1);
    if (last !== undefined && shown.length < run.length) {
      rows.push([`... ${run.length - 1} more of these until ${instant(last.at)}`]);
    }
  }
  const table = [["WHEN", "CHANNEL", "WHY", "TITLE"], ...rows];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...table.map((row) => (row.length === 1 ? 0 : measure(row[column] ?? "")))),
  );
  return table
    .map(
      (row) =>
        `${row
          .map((cell, column) => pad(cell, widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** Messages in order, those in a row that only repeat together, by channel. */
function gatherRepeats(foretold: readonly Foretold[]): readonly (readonly Foretold[])[] {
  const isRepeat = ({ notification }: Foretold): boolean =>
    notification.items.every(({ because }) => because === "repeat");
  const runs: Foretold[][] = [];
  for (const one of foretold) {
    const before = runs.at(-1)?.at(-1);
    const isSame = before !== undefined && isRepeat(before) && before.notification.channel === one.notification.channel;
    if (isSame && isRepeat(one)) runs.at(-1)?.push(one);
    else runs.push([one]);
  }
  return runs;
}
