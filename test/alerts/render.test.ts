import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Condition } from "../../src/alerts/condition.ts";
import { groupItems } from "../../src/alerts/grouping.ts";
import { suits } from "../../src/alerts/match.ts";
import type { Message, MessageOptions } from "../../src/alerts/message.ts";
import { type NotificationItem, TOLD_BECAUSE } from "../../src/alerts/notification.ts";
import { renderMessage } from "../../src/alerts/render.ts";
import { condition } from "./conditions-builder.ts";
import { after, DAY, HOUR, MINUTE, START } from "./timeline.ts";

const OPTIONS: MessageOptions = {
  emails: "masked",
  timezone: "Europe/Berlin",
  runbookUrl: "https://docs.example.com/runbooks",
  externalUrl: "https://agents.example.com",
};

function item(one: Condition, over: Partial<NotificationItem> = {}): NotificationItem {
  return { because: "first", condition: one, startsAt: after(-5 * MINUTE), endsAt: null, ...over };
}

function render(items: readonly NotificationItem[], over: Partial<MessageOptions> = {}): Message {
  return renderMessage(groupItems("1", "mail", items, START), { ...OPTIONS, ...over }, START);
}

const expiring = condition({ expiresAt: after(3 * HOUR) });
const expired = condition({
  reason: "expired",
  severity: "critical",
  expiresAt: after(-2 * HOUR),
  summary: "the token anthropic:default of agent ops expired; nothing else serves anthropic",
});
const speechless = condition({
  family: "answer",
  profile: null,
  reason: "no_usable_credential",
  severity: "critical",
  expiresAt: after(-2 * HOUR),
  summary: "agent ops cannot answer: its only anthropic credential expired",
});
const locked = condition({
  agent: "_shared",
  provider: "openai",
  profile: "openai:default",
  family: "unusable",
  reason: "disabled",
  expiresAt: after(5 * HOUR + 12 * MINUTE),
  summary: "the API key openai:default of the shared store is disabled (billing)",
  action: "# top up the account at openai, or wait until 2026-03-01 17:12 UTC",
});
const unreadable = condition({
  agent: "main",
  provider: null,
  profile: null,
  family: "store",
  reason: "bad_json",
  summary: "the store of agent main cannot be used as it should: /home/pat/x.json is no JSON; restore it from a backup",
  action: null,
});

describe("exact text", () => {
  test("a token is about to expire", () => {
    expect(render([item(expiring)]).text).toMatchInlineSnapshot(`
      "WARNING ops@openclaw: anthropic:default expires in 3h

      What:       anthropic:default expires (expiring)
      Agent:      ops of openclaw
      Seen since: 2026-03-01 12:55 UTC+01:00 (5m ago)
      Expires:    2026-03-01 16:00 UTC+01:00 (in 3h)
      Means:      the token anthropic:default of agent ops is about to expire

      To mend it:
      openclaw models auth paste-token --provider anthropic --profile-id anthropic:default --agent ops

      To silence it:
      agent-auth notify silence add 'installation=openclaw,agent=ops,profile=anthropic:default' --for 8h

      Runbook: https://docs.example.com/runbooks/AgentAuthExpiring.md

      Page: https://agents.example.com
      "
    `);
  });

  test("an agent cannot answer, because its token expired", () => {
    expect(render([item(expired), item(speechless)]).text).toMatchInlineSnapshot(`
      "CRITICAL ops@openclaw: cannot answer, its only anthropic credential expired (2h ago) +1 more

      CRITICAL ops@openclaw: cannot answer, its only anthropic credential expired (2h ago)

      What:       cannot answer, its only anthropic credential expired (no_usable_credential)
      Agent:      ops of openclaw
      Seen since: 2026-03-01 12:55 UTC+01:00 (5m ago)
      Expired:    2026-03-01 11:00 UTC+01:00 (2h ago)
      Means:      agent ops cannot answer: its only anthropic credential expired

      To mend it:
      openclaw models auth paste-token --provider anthropic --profile-id anthropic:default --agent ops

      To silence it:
      agent-auth notify silence add 'installation=openclaw,agent=ops,reason=no_usable_credential' --for 8h

      Runbook: https://docs.example.com/runbooks/AgentAuthAgentCannotAnswer.md

      CRITICAL ops@openclaw: anthropic:default expired (2h ago)

      What:       anthropic:default expired (expired)
      Agent:      ops of openclaw
      Seen since: 2026-03-01 12:55 UTC+01:00 (5m ago)
      Expired:    2026-03-01 11:00 UTC+01:00 (2h ago)
      Means:      the token anthropic:default of agent ops expired; nothing else serves anthropic

      To mend it:
      openclaw models auth paste-token --provider anthropic --profile-id anthropic:default --agent ops

      To silence it:
      agent-auth notify silence add 'installation=openclaw,agent=ops,profile=anthropic:default' --for 8h

      Runbook: https://docs.example.com/runbooks/AgentAuthExpired.md

      Page: https://agents.example.com
      "
    `);
  });

  test("a lock that no command ends, without links", () => {
    expect(render([item(locked)], { runbookUrl: null, externalUrl: null, timezone: "UTC" }).text)
      .toMatchInlineSnapshot(`
        "WARNING shared@openclaw: openai:default is disabled (5h 12m left)

        What:        openai:default is disabled (disabled)
        Agent:       every agent of openclaw that shares its store
        Seen since:  2026-03-01 11:55 UTC (5m ago)
        Usable from: 2026-03-01 17:12 UTC (in 5h 12m)
        Means:       the API key openai:default of the shared store is disabled (billing)

        To mend it:
        # top up the account at openai, or wait until 2026-03-01 17:12 UTC

        To silence it:
        agent-auth notify silence add 'installation=openclaw,agent=_shared,profile=openai:default' --for 8h
        "
      `);
  });

  test("a store that comes and goes", () => {
    expect(render([item(unreadable, { because: "flapping" })]).text).toMatchInlineSnapshot(`
      "WARNING main@openclaw: comes and goes: store is not valid JSON

      What:       store is not valid JSON (bad_json)
      Agent:      main of openclaw
      Seen since: 2026-03-01 12:55 UTC+01:00 (5m ago)
      Means:      the store of agent main cannot be used as it should: /home/pat/x.json is no JSON; restore it from a backup
      Why now:    it comes and goes; there will be no more word until it settles

      To silence it:
      agent-auth notify silence add 'installation=openclaw,agent=main,reason=bad_json' --for 8h

      Runbook: https://docs.example.com/runbooks/AgentAuthStoreUnreadable.md

      Page: https://agents.example.com
      "
    `);
  });

  test("it is mended", () => {
    expect(render([item(expired, { because: "resolved", endsAt: after(-MINUTE) })]).text).toMatchInlineSnapshot(`
      "RESOLVED ops@openclaw: anthropic:default had expired

      What:       anthropic:default had expired (expired)
      Agent:      ops of openclaw
      Seen since: 2026-03-01 12:55 UTC+01:00 (5m ago)
      Over since: 2026-03-01 12:59 UTC+01:00 (1m ago)

      Page: https://agents.example.com
      "
    `);
  });

  test("what ends before the morning", () => {
    const tonight = item(condition({ expiresAt: after(14 * HOUR) }), { because: "evening" });
    expect(render([tonight], { externalUrl: null }).text).toMatchInlineSnapshot(`
      "WARNING ops@openclaw: anthropic:default expires in 14h

      What:       anthropic:default expires (expiring)
      Agent:      ops of openclaw
      Seen since: 2026-03-01 12:55 UTC+01:00 (5m ago)
      Expires:    2026-03-02 03:00 UTC+01:00 (in 14h)
      Means:      the token anthropic:default of agent ops is about to expire
      Why now:    it ends before the morning

      To mend it:
      openclaw models auth paste-token --provider anthropic --profile-id anthropic:default --agent ops

      To silence it:
      agent-auth notify silence add 'installation=openclaw,agent=ops,profile=anthropic:default' --for 8h

      Runbook: https://docs.example.com/runbooks/AgentAuthExpiring.md
      "
    `);
  });
});

describe("titles", () => {
  test.each([
    [
      "the worst first, and how many more",
      [item(expiring), item(speechless)],
      "CRITICAL ops@openclaw: cannot answer, its only anthropic credential expired (2h ago) +1 more",
    ],
    ["the shared store", [item(locked)], "WARNING shared@openclaw: openai:default is disabled (5h 12m left)"],
    [
      "a login of another CLI",
      [item({ ...expired, agent: "_cli", installation: "claude-code" })],
      "CRITICAL claude-code: anthropic:default expired (2h ago)",
    ],
    [
      "mended before its end",
      [item(expiring, { because: "resolved", endsAt: START })],
      "RESOLVED ops@openclaw: anthropic:default was about to expire",
    ],
    [
      "long on its way",
      [item({ ...expiring, expiresAt: after(-HOUR) })],
      "WARNING ops@openclaw: anthropic:default expired meanwhile (1h ago)",
    ],
  ])("%s", (_name, items, title) => {
    expect(render(items).title).toBe(title);
  });

  test("fit one SMS whatever the ids, and keep the count", () => {
    const long = condition({ agent: "a".repeat(120), profile: "p".repeat(300), expiresAt: after(HOUR) });
    const { title } = render([item(long), item(expiring)]);
    expect(title.length).toBeLessThanOrEqual(140);
    expect(title).toMatch(/\.\.\. \+1 more$/);
  });
});

describe("addresses and commands", () => {
  const owned = condition({
    profile: "anthropic:peter@example.com",
    summary: "the token anthropic:peter@example.com of agent ops is about to expire",
    action:
      "openclaw models auth paste-token --provider anthropic --profile-id anthropic:peter@example.com --agent ops",
  });

  test("an address is masked everywhere, and no command is offered that would name another profile", () => {
    const message = render([item(owned)]);
    expect(JSON.stringify(message)).not.toContain("peter@");
    expect(message.sections[0]?.command).toBe(
      "agent-auth status --agent ops  # shows the exact command; it holds what is masked here",
    );
  });

  test("the command that silences still matches the real profile, and only that", () => {
    const glob = /profile=([^,']+)/.exec(render([item(owned)]).sections[0]?.silence ?? "")?.[1] ?? "";
    expect(glob).toMatch(/^anthropic:p\*{3}@example\.com~[0-9a-f]{16}$/);
    expect(suits(owned, { profile: glob })).toBe(true);
    expect(suits({ ...owned, profile: "anthropic:paul@example.com" }, { profile: glob })).toBe(false);
  });

  test("plain when configured so", () => {
    const message = render([item(owned)], { emails: "plain" });
    expect(message.sections[0]?.command).toBe(owned.action);
    expect(message.text).toContain(
      "\nopenclaw models auth paste-token --provider anthropic --profile-id anthropic:peter",
    );
  });
});

test("html escapes what stores and paths say, and links only to our own pages", () => {
  const { html } = render([item(condition({ profile: `<img src=x onerror="1">'&`, summary: "<script>" }))]);
  expect(html).not.toMatch(/<(?:img|script|style)/);
  expect(html.match(/<a href="[^"]*"/g)).toEqual([
    '<a href="https://docs.example.com/runbooks/AgentAuthExpiring.md"',
    '<a href="https://agents.example.com"',
  ]);
});

test("a thousand conditions make a message that can still be read", () => {
  const items = Array.from({ length: 1_000 }, (_, index) => item(condition({ profile: `anthropic:${index}` })));
  const { text, html, sections } = render(items);
  expect(text.length).toBeLessThan(20_000);
  expect(html.length).toBeLessThan(40_000);
  expect(text).toContain("and 950 more");
  expect(sections).toHaveLength(1_000);
});

test("whatever a store holds, a message leaks no secret, runs nothing and stays one line where it must", () => {
  const nasty = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "sk-ant-oat01-CANARY0123456789abcdef",
      "peter@example.com",
      "a'; rm -rf ~; '",
      "\u001b]0;title\u0007",
      "x\u202Ey",
      "\r\nBcc: everyone",
    ),
  );
  const anyItem = fc
    .record({ agent: nasty, profile: nasty, summary: nasty, action: nasty, days: fc.integer({ min: -40, max: 40 }) })
    .chain(({ days, ...over }) =>
      fc
        .constantFrom(...TOLD_BECAUSE)
        .map((because) => item(condition({ ...over, expiresAt: after(days * DAY) }), { because })),
    );
  fc.assert(
    fc.property(fc.array(anyItem, { minLength: 1, maxLength: 3 }), (items) => {
      const { title, text, html, sections } = render(items);
      expect(title.length).toBeLessThanOrEqual(140);
      expect(title + text + html + JSON.stringify(sections)).not.toMatch(/CANARY|peter@/);
      expect(title).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      for (const { headline, silence } of sections) {
        expect(headline).not.toContain("\n");
        expect(silence).toMatch(/^agent-auth notify silence add '[^']*' --for 8h$/);
      }
    }),
    { numRuns: 500 },
  );
});
