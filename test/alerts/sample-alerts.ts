import type { AlertChanges, Told } from "../../src/alerts/alert-store.ts";
import type { Condition } from "../../src/alerts/condition.ts";
import type { Notification } from "../../src/alerts/notification.ts";

/** The instant of all hand-made alerts. */
export const NOW = new Date(1_790_000_000_000);

export function later(ms: number, from = NOW): Date {
  return new Date(from.getTime() + ms);
}

export function buildCondition(given: Partial<Condition> = {}): Condition {
  const agent = given.agent ?? "main";
  return {
    key: `openclaw/${agent}/anthropic:default/expiry`,
    installation: "openclaw",
    agent,
    provider: "anthropic",
    profile: "anthropic:default",
    family: "expiry",
    reason: "expired",
    severity: "critical",
    expiresAt: NOW,
    summary: `agent ${agent} cannot answer: its only anthropic credential expired`,
    action: "openclaw models auth login --provider anthropic",
    ...given,
  };
}

/** One message about these conditions, all of them beginning or all of them over. */
export function buildNotification(
  given: Partial<Notification> & { readonly id: string },
  conditions: readonly Condition[] = [buildCondition()],
): Notification {
  const status = given.status ?? "firing";
  return {
    channel: "ops",
    createdAt: NOW,
    status,
    severity: conditions[0]?.severity ?? "critical",
    items: conditions.map((condition) => ({
      because: status === "resolved" ? "resolved" : "first",
      condition,
      startsAt: NOW,
      endsAt: status === "resolved" ? later(60_000) : null,
    })),
    ...given,
  };
}

export function buildTold(given: Partial<Told> = {}): Told {
  const condition = given.condition ?? buildCondition();
  return {
    channel: "ops",
    key: condition.key,
    state: "firing",
    because: "first",
    severity: condition.severity,
    leftMs: null,
    toldAt: NOW,
    startsAt: NOW,
    notificationId: "n1",
    delivery: "pending",
    isBelieved: false,
    condition,
    ...given,
  };
}

export function buildChanges(given: Partial<AlertChanges> = {}): AlertChanges {
  return {
    told: [],
    forgotten: [],
    episodes: [],
    endedEpisodes: [],
    evenings: new Map(),
    notifications: [],
    dropped: [],
    ...given,
  };
}

/** Changes that hand over these messages, due at once, and remember each of their items as told. */
export function tell(notifications: readonly Notification[], notBefore = NOW): AlertChanges {
  return buildChanges({
    notifications: notifications.map((notification) => ({ notification, notBefore })),
    told: notifications.flatMap(({ id, channel, items, status }) =>
      items.map(({ condition, because }) =>
        buildTold({
          channel,
          condition,
          // Nobody remembers a test.
          ...(because === "test" ? {} : { because }),
          state: status,
          notificationId: id,
          // Only who believes that it holds is told that it is over.
          isBelieved: status === "resolved",
        }),
      ),
    ),
  });
}
