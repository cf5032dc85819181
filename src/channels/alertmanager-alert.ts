import type { NotificationItem } from "../alerts/notification.ts";
import { summaryOf } from "../alerts/past.ts";
import type { MessageSection } from "../alerts/message.ts";

type Labels = Readonly<Record<string, string>>;

/** What Alertmanager knows of a condition. */
export interface AlertmanagerAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
}

/**
 * A condition as Alertmanager sees it. Labels make up its identity, so they hold nothing that changes while the same
 * severity lasts: the reason, which goes from `expiring` to `expired`, is an annotation. `key` tells profiles apart
 * whose masked names are the same.
 */
export function toAlertmanagerAlert(item: NotificationItem, section?: MessageSection): AlertmanagerAlert {
  const { family, severity, installation, agent, provider, profile, key, reason, expiresAt } = item.condition;
  return {
    labels: withoutEmpty({
      // Whoever gets it reads the name first.
      alertname: `AgentAuth${item.because === "test" ? "Test" : family.charAt(0).toUpperCase() + family.slice(1)}`,
      severity,
      installation,
      agent,
      provider,
      profile,
      key,
    }),
    annotations: withoutEmpty({
      summary: summaryOf(item),
      reason,
      command: section?.command ?? null,
      expires_at: expiresAt?.toISOString() ?? null,
      runbook_url: section?.runbook ?? null,
    }),
  };
}

/**
 * The fingerprint that Alertmanager gives to a set of labels: 64-bit FNV-1a over sorted names and values, each followed
 * by 0xff, in hex (prometheus/common, model.LabelSet).
 */
export function fingerprint(labels: Labels): string {
  let hash = 0xcbf29ce484222325n;
  const add = (bytes: Uint8Array): void => {
    for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  };
  const separator = Uint8Array.of(0xff);
  for (const name of Object.keys(labels).toSorted()) {
    add(Buffer.from(name));
    add(separator);
    add(Buffer.from(labels[name] ?? ""));
    add(separator);
  }
  return hash.toString(16).padStart(16, "0");
}

/** What all of them have, with the same value. */
export function commonOf(all: readonly Labels[]): Labels {
  const [first = {}, ...rest] = all;
  return Object.fromEntries(Object.entries(first).filter(([name, value]) => rest.every((one) => one[name] === value)));
}

function withoutEmpty(values: Readonly<Record<string, string | null>>): Labels {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) if (value !== null && value !== "") found[name] = value;
  return found;
}
