import type { AlertStore, OutboxEntry } from "../alerts/alert-store.ts";
import { formatInstant, relativeTo } from "../alerts/message-words.ts";
import { renderMessage } from "../alerts/render.ts";
import type { Config } from "../config/config.ts";
import { UnavailableError, UsageError } from "../errors.ts";
import { toJsonText } from "../format/json.ts";
import { clean } from "../format/terminal.ts";
import type { RunCommand } from "./command.ts";
import { withAlertStore } from "./alert-state.ts";
import { renderEntry, renderLines } from "./entries.ts";
import { findId, lengthOfShortIds } from "./short-id.ts";
import { widthOf } from "./width.ts";

/** `agent-auth notify outbox`: messages that wait, left or were given up, latest first; or makes one due, or gives it up. */
export const runNotifyOutbox: RunCommand = async (options, context) =>
  withAlertStore(options, context, (store, config, file) => {
    const [retried, dropped] = [options.text("retry"), options.text("drop")];
    const now = context.now();
    if (retried !== null) {
      const { notification } = findEntry(store, "--retry", retried);
      refuseGone(notification.channel, config);
      if (!store.retry(notification.id, now)) refuseClaimed(notification.id);
      context.write(
        `${clean(notification.id)}: due now; a running serve sends it within a minute, else the next check --notify\n`,
      );
    }
    if (dropped !== null) {
      const { notification } = findEntry(store, "--drop", dropped);
      if (!store.drop(notification.id, now)) refuseClaimed(notification.id);
      context.write(`${clean(notification.id)}: dropped\n`);
    }
    if (retried !== null || dropped !== null) return 0;
    const latestFirst = store.outbox().toReversed();
    const shown = latestFirst.map((entry) => ({ ...entry, title: titleOf(entry, config, now) }));
    if (options.isOn("json")) context.write(`${toJsonText(shown.map(toJson))}\n`);
    else if (shown.length > 0) context.write(renderEntries(shown, config, now, widthOf(context)));
    else context.write(renderLines([`nothing waits, and nothing was sent lately: ${file}`], widthOf(context)));
    return 0;
  });

interface ShownEntry extends OutboxEntry {
  readonly title: string;
}

/** Throws `UsageError` unless it waits or was given up. */
function findEntry(store: AlertStore, flag: string, id: string): OutboxEntry {
  const entries = store.outbox().filter(({ state }) => state !== "delivered");
  const ids = entries.map(({ notification }) => notification.id);
  const remedy = `there are ${ids.length}, see agent-auth notify outbox`;
  const whole = findId(id, ids, `a message that waits or was given up with ${flag}`, remedy);
  const found = entries.find(({ notification }) => notification.id === whole);
  if (found === undefined) throw new UsageError(`${flag}: ${remedy}`);
  return found;
}

function refuseGone(channel: string, { channels }: Config): void {
  if (channels.some(({ policy }) => policy.name === channel)) return;
  const known = channels.map(({ policy }) => policy.name).join(", ") || "none";
  throw new UsageError(
    `--retry: expected a message for a channel of the config (${known}), got one for ${clean(channel)}; ` +
      "add that channel again, or give the message up with --drop",
  );
}

function refuseClaimed(id: string): never {
  throw new UnavailableError(
    `${clean(id)}: expected a message that nobody is sending, got one that is on its way now; look again in a minute`,
  );
}

/** As it was sent, or would be now. */
function titleOf({ notification, state }: OutboxEntry, { alerts }: Config, now: Date): string {
  return renderMessage(notification, alerts, state === "pending" ? now : notification.createdAt).title;
}

function renderEntries(entries: readonly ShownEntry[], config: Config, now: Date, width: number): string {
  const length = lengthOfShortIds(entries.map(({ notification }) => notification.id));
  const known = new Set(config.channels.map(({ policy }) => policy.name));
  const { timezone } = config.alerts;
  return entries
    .map((entry) => {
      const { id, channel, severity, createdAt } = entry.notification;
      const made = `made ${formatInstant(createdAt, timezone)} (${relativeTo(createdAt, now)})`;
      const gone = known.has(channel) || entry.state === "delivered" ? "" : "its channel is not in the config any more";
      const answer = entry.lastDetail === null ? "" : `last answer: ${clean(entry.lastDetail)}`;
      return renderEntry(
        [clean(id.slice(0, length)), entry.state, channel, severity],
        [entry.title, [made, describeTries(entry, now)].join("; "), answer, gone],
        width,
      );
    })
    .join("\n");
}

function describeTries({ state, attempts, nextAttemptAt, claimedUntil }: OutboxEntry, now: Date): string {
  const tries = attempts === 0 ? "not tried yet" : attempts === 1 ? "tried once" : `tried ${attempts} times`;
  if (state !== "pending") return tries;
  if (claimedUntil !== undefined && claimedUntil > now) return `${tries}, being sent now`;
  return `${tries}, ${nextAttemptAt <= now ? "due now" : `next ${relativeTo(nextAttemptAt, now)}`}`;
}

function toJson({ notification, state, attempts, nextAttemptAt, lastDetail, title }: ShownEntry): object {
  const { id, channel, severity, status, createdAt, items } = notification;
  return {
    id,
    state,
    channel,
    severity,
    status,
    title,
    createdAt,
    attempts,
    nextAttemptAt: state === "pending" ? nextAttemptAt : null,
    lastDetail,
    items: items.length,
  };
}
