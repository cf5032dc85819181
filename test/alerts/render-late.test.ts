import { describe, expect, test } from "vitest";
import { groupItems } from "../../src/alerts/grouping.ts";
import type { Message } from "../../src/alerts/message.ts";
import type { NotificationItem } from "../../src/alerts/notification.ts";
import { inPast, summaryOf } from "../../src/alerts/past.ts";
import { renderMessage } from "../../src/alerts/render.ts";
import { condition } from "./conditions-builder.ts";
import { after, HOUR, MINUTE, START } from "./timeline.ts";

const OPTIONS = {
  emails: "masked",
  timezone: "UTC",
  runbookUrl: "https://docs.example.com",
  externalUrl: null,
} as const;

function item(over: Partial<NotificationItem> = {}): NotificationItem {
  return { because: "first", condition: condition(), startsAt: after(-5 * HOUR), endsAt: null, ...over };
}

/** What was over before its message could leave; null when nobody knows since when. */
function late(overSince: Date | null): NotificationItem {
  return item({ condition: failed, overSince, endsAt: overSince ?? START });
}

function render(items: readonly NotificationItem[]): Message {
  return renderMessage(groupItems("1", "mail", items, after(-5 * HOUR)), OPTIONS, START);
}

const failed = condition({
  family: "refresh",
  reason: "refresh_failed",
  severity: "critical",
  summary: "the login anthropic:default of agent ops could not be refreshed; nothing else serves anthropic",
});

describe("a message that was long on its way", () => {
  test("tells of what is over as over, and offers nothing to mend", () => {
    expect(render([late(after(-2 * HOUR))]).text).toMatchInlineSnapshot(`
      "WAS CRITICAL ops@openclaw: anthropic:default could not be refreshed, over 2h ago

      What:       anthropic:default could not be refreshed (refresh_failed)
      Agent:      ops of openclaw
      Seen since: 2026-03-01 07:00 UTC (5h ago)
      Over since: 2026-03-01 10:00 UTC (2h ago)
      Why now:    it could not leave before it was over
      "
    `);
  });

  test("tells of what is long forgotten as over, too", () => {
    const { title, sections } = render([late(null)]);
    expect(title).toBe("WAS CRITICAL ops@openclaw: anthropic:default could not be refreshed, over now");
    expect(sections[0]).toMatchObject({ command: null, silence: null });
    expect(sections[0]?.facts.map(([label]) => label)).toEqual(["What", "Agent", "Seen since", "Why now"]);
  });

  test("begins with what still holds", () => {
    const { title } = render([late(after(-MINUTE)), item()]);
    expect(title).toBe("WARNING ops@openclaw: anthropic:default expires +1 more");
  });

  test("tells of an end that has come meanwhile in one voice, and not in the words of the message about that end", () => {
    const expiresAt = after(-2 * HOUR);
    const expiring = item({ condition: condition({ expiresAt }), because: "reminder" });
    const expired = item({ condition: condition({ expiresAt, reason: "expired" }), because: "reminder" });
    expect(render([expiring]).text).toMatchInlineSnapshot(`
      "WARNING ops@openclaw: anthropic:default expired meanwhile (2h ago)

      What:       anthropic:default expired meanwhile (expired)
      Agent:      ops of openclaw
      Seen since: 2026-03-01 07:00 UTC (5h ago)
      Expired:    2026-03-01 10:00 UTC (2h ago)
      Means:      the token anthropic:default of agent ops expired
      Why now:    it could not leave before that end

      To mend it:
      openclaw models auth paste-token --provider anthropic --profile-id anthropic:default --agent ops

      To silence it:
      agent-auth notify silence add 'installation=openclaw,agent=ops,profile=anthropic:default' --for 8h

      Runbook: https://docs.example.com/AgentAuthExpiring.md
      "
    `);
    expect(render([expiring]).title).not.toBe(render([expired]).title);
    expect(render([expired]).text).toContain("its end is reached");
  });
});

test("what a channel is told of no more: what is left of it", () => {
  const eased = item({
    because: "eased",
    condition: failed,
    endsAt: after(-MINUTE),
    left: { severity: "warning", reason: "refresh_stuck" },
  });
  expect(render([eased]).text).toMatchInlineSnapshot(`
    "EASED ops@openclaw: anthropic:default could not be refreshed, now only a warning

    What:         anthropic:default could not be refreshed (refresh_failed)
    Agent:        ops of openclaw
    Seen since:   2026-03-01 07:00 UTC (5h ago)
    Eased:        2026-03-01 11:59 UTC (1m ago)
    What is left: now only a warning (refresh_stuck)
    Why now:      what is left of it is not for this channel
    "
  `);
  const other = { ...eased, left: { severity: "critical", reason: "refresh_stuck" } } as const;
  expect(render([other]).title).toBe(
    "EASED ops@openclaw: anthropic:default could not be refreshed, now is stuck refreshing",
  );
});

describe("what nobody knows now", () => {
  const lost = condition({
    family: "remote",
    agent: "",
    profile: null,
    reason: "unreachable",
    summary: "vps is not known: no answer",
    knownAt: after(-3 * HOUR),
  });
  test("says when it was known last", () => {
    expect(render([item({ condition: lost })]).text).toContain("Last seen:  2026-03-01 09:00 UTC (3h ago)");
    const outdated = { ...lost, reason: "outdated" };
    expect(render([item({ condition: outdated })]).text).toContain("Last check: 2026-03-01 09:00 UTC (3h ago)");
  });
  test("says nothing of an instant that is ahead, nor where it is known again", () => {
    expect(render([item({ condition: { ...lost, knownAt: after(HOUR) } })]).text).not.toContain("Last seen");
    expect(render([item({ because: "resolved", condition: lost, endsAt: after(0) })]).text).not.toContain("Last seen");
  });
});

test("what a silence hides: as it still is", () => {
  const hidden = item({ because: "hidden", condition: failed, endsAt: after(-MINUTE) });
  expect(render([hidden]).text).toMatchInlineSnapshot(`
    "SILENCED ops@openclaw: anthropic:default could not be refreshed

    What:       anthropic:default could not be refreshed (refresh_failed)
    Agent:      ops of openclaw
    Seen since: 2026-03-01 07:00 UTC (5h ago)
    Hidden:     2026-03-01 11:59 UTC (1m ago)
    Means:      the login anthropic:default of agent ops could not be refreshed; nothing else serves anthropic
    Why now:    a silence covers it
    "
  `);
});

describe("what is over is told in the past", () => {
  test.each([
    ["is stuck refreshing", "was stuck refreshing"],
    ["cannot be refreshed", "could not be refreshed"],
    ["could not be refreshed", "could not be refreshed"],
    ["was never activated", "had never been activated"],
    ["isolated words stay", "isolated words stay"],
  ])("%s", (now, then) => {
    expect(inPast(now)).toBe(then);
  });

  test.each([
    ["expiry", "expiring", "the token a of agent b is about to expire", "the token a of agent b was about to expire"],
    [
      "expiry",
      "expired",
      "the token a of agent b expired; something else still serves anthropic",
      "the token a of agent b had expired; something else still served anthropic",
    ],
    ["refresh", "refresh_failed", failed.summary, failed.summary.replace("serves", "served")],
    [
      "unusable",
      "disabled",
      "the API key a of the shared store is disabled (billing)",
      "the API key a of the shared store was disabled (billing)",
    ],
    [
      "answer",
      "no_usable_credential",
      "agent ops cannot answer: its only anthropic credential expired",
      "agent ops could not answer: its only anthropic credential had expired",
    ],
    [
      "answer",
      "no_usable_credential",
      "agent ops cannot answer: all 2 openai credentials are in a cooldown",
      "agent ops could not answer: all 2 openai credentials were in a cooldown",
    ],
    [
      "fallback",
      "fallback_without_credential",
      "agent ops has no fallback credential for openai: no openai credential of 3 is usable",
      "agent ops had no fallback credential for openai: no openai credential of 3 was usable",
    ],
    [
      "store",
      "bad_json",
      "the store of agent main cannot be used as it should: x is no JSON",
      "the store of agent main could not be used as it should: x is no JSON",
    ],
  ] as const)("a summary: %s %s", (family, reason, now, then) => {
    const one = condition({ family, reason, summary: now });
    expect(summaryOf({ condition: one, endsAt: null })).toBe(now);
    expect(summaryOf({ condition: one, endsAt: START })).toBe(then);
  });
});
