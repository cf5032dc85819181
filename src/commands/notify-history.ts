import type { HistoryEntry } from "../alerts/alert-store.ts";
import { parseConditionKey } from "../alerts/condition-key.ts";
import { formatInstant } from "../alerts/message-words.ts";
import { createShow, type Show } from "../alerts/shown.ts";
import { UsageError } from "../errors.ts";
import { toJsonText } from "../format/json.ts";
import { withAlertStore } from "./alert-state.ts";
import type { RunCommand } from "./command.ts";
import { renderLines, renderRows } from "./entries.ts";
import { widthOf } from "./width.ts";

const DEFAULT_LIMIT = 50;

/** `agent-auth notify history`: who was told what and why, latest first. */
export const runNotifyHistory: RunCommand = async (options, context) => {
  const limit = parseLimit(options.text("limit"));
  return withAlertStore(options, context, (store, { alerts }, file) => {
    const show = createShow(alerts.emails);
    const entries = store.history(limit);
    if (options.isOn("json")) {
      context.write(`${toJsonText(entries.map((entry) => ({ ...entry, key: show(entry.key) })))}\n`);
    } else if (entries.length === 0) {
      context.write(renderLines([`nobody was told anything yet: ${file}`], widthOf(context)));
    } else {
      const rows = entries.map((entry) => toRow(entry, show, alerts.timezone));
      context.write(renderRows(["AT", "CHANNEL", "BECAUSE", "SEVERITY", "WHAT"], rows, widthOf(context)));
    }
    return 0;
  });
};

function parseLimit(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && Number.isSafeInteger(limit)) return limit;
  throw new UsageError(`--limit: expected how many entries to show, got ${JSON.stringify(text)}; for example 20`);
}

function toRow({ at, channel, because, severity, key }: HistoryEntry, show: Show, timezone: string): readonly string[] {
  const { installation, agent, family, profile } = parseConditionKey(key);
  // Each by itself: put together, agent and installation look like an address.
  const where = agent === "" ? show(installation) : `${show(agent)}@${show(installation)}`;
  const what = [where, show(family), profile === null ? "" : show(profile)].join(" ").trimEnd();
  return [formatInstant(at, timezone), show(channel), because, severity, what];
}
