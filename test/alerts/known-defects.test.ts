import { describe, expect, test } from "vitest";
import { findConditions } from "../../src/alerts/conditions.ts";
import { SEVERITIES } from "../../src/alerts/condition.ts";
import { renderMessage } from "../../src/alerts/render.ts";
import {
  agent,
  credential,
  host,
  installation,
  judged,
  profileOf,
  store,
  usage,
  state,
} from "../judge/reading-builder.ts";
import { channel } from "./conditions-builder.ts";
import { after, DAY, HOUR, MINUTE, play, START } from "./timeline.ts";
import { ops, see, set, shutOut, token } from "./worlds.ts";

/*
 * What monitors of this kind commonly get wrong about whom to tell, and when.
 */

const warnings = [channel({ minSeverity: "warning" })];

test("a warning that was just told does not delay the alarm", () => {
  const { lines } = play({
    events: [[0, see(ops([token(5 * MINUTE)]))]],
    lastMs: 10 * MINUTE,
    everyMs: MINUTE,
    channels: warnings,
  });
  expect(lines).toEqual([
    "0s mail: first critical expiring",
    "5m mail: first critical no_usable_credential + reminder critical expired",
  ]);
});

describe("an alert does not count as told", () => {
  test("while there is no channel to tell it on", () => {
    const events = [[0, see(ops([token(-HOUR)]))]] as const;
    expect(play({ events, lastMs: HOUR, channels: [] }).memory.told).toEqual([]);
  });

  test("when it could not be delivered: it is tried anew, each thing alone", () => {
    const { lines } = play({
      events: [
        [0, see(ops([token(-HOUR)]))],
        [0, set({ giveUp: true })],
      ],
      lastMs: HOUR + 5 * MINUTE,
    });
    const [expired, speechless] = ["first critical expired", "first critical no_usable_credential"];
    expect(lines).toEqual([
      `0s mail: ${speechless} + ${expired}`,
      ...["5m", "1h 5m"].flatMap((at) => [`${at} mail: ${speechless}`, `${at} mail: ${expired}`]),
    ]);
  });
});

test.each([
  ["expiring", 3 * HOUR],
  ["expired", -HOUR],
])("every channel is told when a token is %s", (reason, endMs) => {
  const channels = ["mail", "phone", "chat"].map((name) => channel({ name }));
  const { lines } = play({ events: [[0, see(ops([token(endMs)]))]], lastMs: 0, channels });
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line).toContain(reason);
});

test("alerts, status and severity come from one judgement, at every distance from the end", () => {
  for (const endMs of [-DAY, 0, 30 * MINUTE, 90 * MINUTE, 3 * HOUR, 23 * HOUR, 25 * HOUR]) {
    const found = judged(ops([token(endMs)]), { now: START });
    const { verdict, status } = profileOf(found, "anthropic:manual", "ops");
    const one = findConditions(found.snapshot).conditions.find(({ family }) => family === "expiry");
    expect(one?.severity ?? "ok").toBe(verdict);
    expect(one?.reason ?? "ok").toBe(status);
    expect(SEVERITIES).toContain(one?.severity ?? "info");
  }
});

test("a token without a recorded end is not taken for an expired one", () => {
  expect(play({ events: [[0, see(ops([credential()]))]], lastMs: DAY }).lines).toEqual([]);
});

test("a fresh profile does not hide an expired one of the same provider", () => {
  const both = ops([token(300 * DAY, { profileId: "anthropic:fresh" }), token(-HOUR)]);
  expect(play({ events: [[0, see(both)]], lastMs: 0 }).lines).toEqual([
    "0s mail: first warning expired + first info last_credential",
  ]);
});

test("every agent, provider and installation is watched, not only main and Anthropic", () => {
  const one = (id: string, provider: string) =>
    agent({
      id,
      ownStore: store({ owner: id, credentials: [token(-HOUR, { provider, profileId: `${provider}:x` })] }),
      providersConfigured: [{ provider, role: "primary", models: ["m"] }],
    });
  const everywhere = host(
    installation({ agents: [one("home", "openai")] }),
    installation({ id: "clawdbot", agents: [one("ops", "google")] }),
  );
  const { messages } = play({ events: [[0, see(everywhere)]], lastMs: 0 });
  expect(messages[0]?.notification.items.map(({ condition }) => condition.key)).toEqual([
    "clawdbot/ops/answer",
    "clawdbot/ops/expiry/google:x",
    "openclaw/home/answer",
    "openclaw/home/expiry/openai:x",
  ]);
});

test("the command offered renews the very credential that ended, where it lives", () => {
  const { messages } = play({ events: [[0, see(ops([token(-HOUR)]))]], lastMs: 0 });
  const options = { emails: "masked", timezone: "UTC", runbookUrl: null, externalUrl: null } as const;
  const { sections } = renderMessage(messages[0]!.notification, options, START);
  for (const { command } of sections) {
    expect(command).toBe(
      "claude setup-token; openclaw models auth paste-token --provider anthropic --profile-id anthropic:manual --agent ops",
    );
  }
});

describe("what a plain look at the end of a token gets wrong", () => {
  test("a login that ended and renews itself is no trouble", () => {
    const login = token(-HOUR, { type: "oauth", hasRefresh: true });
    expect(play({ events: [[0, see(ops([login]))]], lastMs: DAY }).lines).toEqual([]);
  });

  test("one whose renewal fails is", () => {
    const login = token(-HOUR, { type: "oauth", hasRefresh: true });
    const failing = state({
      usage: new Map([
        ["anthropic:manual", usage({ lastFailureAt: after(0), failureCounts: new Map([["auth", 3]]), errorCount: 3 })],
      ]),
    });
    const { lines } = play({ events: [[0, see(ops([login], failing))]], lastMs: 0 });
    expect(lines).toEqual(["0s mail: first critical no_usable_credential + first critical refresh_failing"]);
  });

  test("a credential that is locked is, though its end is far", () => {
    const locked = ops([token(300 * DAY)], shutOut("disabled", 5 * HOUR, "billing"));
    expect(play({ events: [[0, see(locked)]], lastMs: 0 }).lines).toEqual([
      "0s mail: first critical no_usable_credential + first warning disabled",
    ]);
  });

  test("the alarm does not fall silent at the end itself", () => {
    const { memory } = play({ events: [[0, see(ops([token(HOUR)]))]], lastMs: 40 * DAY, everyMs: HOUR });
    expect(memory.told.map(({ key, state: told }) => [key, told])).toEqual([
      ["openclaw/ops/expiry/anthropic:manual", "firing"],
      ["openclaw/ops/answer", "firing"],
    ]);
  });
});
