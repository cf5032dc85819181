import type { AlertStore, OutboxEntry } from "../alerts/alert-store.ts";
import { formatInstant } from "../alerts/message-words.ts";
import { UsageError } from "../errors.ts";
import { toJsonText } from "../format/json.ts";
import { clean } from "../format/terminal.ts";
import type { RunCommand } from "./command.ts";
import { withAlertStore } from "./alert-state.ts";
import { renderTable } from "./table.ts";

/** `agent-auth notify outbox`: messages that wait, left or were given up; or makes one due, or gives it up. */
export const runNotifyOutbox: RunCommand = async (options, context) =>
  withAlertStore(options, context, (store, { alerts }) => {
    const [retried, dropped] = [options.text("retry"), options.text("drop")];
    if (retried !== null) {
      if (!store.retry(retried, context.now())) refuse(store, "retry", retried);
      context.write("due now; serve sends it within a minute\n");
    }
    if (dropped !== null) {
      if (!store.drop(dropped)) refuse(store, "drop", dropped);
      context.write("dropped\n");
    }
    if (retried !== null || dropped !== null) return 0;
    const entries = store.outbox();
    context.write(
      options.isOn("json") ? `${toJsonText(entries.map(toJson))}\n` : renderEntries(entries, alerts.timezone),
    );
    return 0;
  });

function refuse(store: AlertStore, flag: string, id: string): never {
  const waiting = store.outbox().filter(({ state }) => state !== "delivered").length;
  throw new UsageError(
    `--${flag}: expected the id of a message that waits or was given up, got ${JSON.stringify(clean(id))}; ` +
      `there are ${waiting}, see agent-auth notify outbox`,
  );
}

function renderEntries(entries: readonly OutboxEntry[], timezone: string): string {
  if (entries.length === 0) return "nothing waits, and nothing was sent lately\n";
  const rows = entries.map(({ notification, state, attempts, nextAttemptAt, lastDetail }) => [
    notification.id,
    state,
    notification.channel,
    notification.severity,
    formatInstant(notification.createdAt, timezone),
    String(attempts),
    state === "pending" ? formatInstant(nextAttemptAt, timezone) : "",
    clean(lastDetail ?? ""),
  ]);
  return renderTable([["ID", "STATE", "CHANNEL", "SEVERITY", "MADE", "TRIES", "NEXT TRY", "LAST ANSWER"], ...rows]);
}

function toJson({ notification, state, attempts, nextAttemptAt, lastDetail }: OutboxEntry): object {
  const { id, channel, severity, status, createdAt, items } = notification;
  return {
    id,
    state,
    channel,
    severity,
    status,
    createdAt,
    attempts,
    nextAttemptAt: state === "pending" ? nextAttemptAt : null,
    lastDetail,
    items: items.length,
  };
}
