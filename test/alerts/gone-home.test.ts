import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { createAbsence } from "../../src/alerts/absence.ts";
import { createNotifier } from "../../src/alerts/notifier.ts";
import { type AlertPolicy, DEFAULT_ALERT_POLICY } from "../../src/alerts/policy.ts";
import { readAlertMemory } from "../../src/alerts/read-memory.ts";
import { renderMessage } from "../../src/alerts/render.ts";
import { simulate } from "../../src/alerts/simulate.ts";
import { openAlertStore } from "../../src/alerts/store-file.ts";
import type { Delivery } from "../../src/channels/channel.ts";
import { type Checker, createChecker } from "../../src/check.ts";
import { loadObservations } from "../../src/observations.ts";
import { DEFAULT_POLICY } from "../../src/policy.ts";
import { token, writeHome } from "../commands/json-home.ts";
import { makeRoot, openHost } from "../discovery/tree.ts";
import { channel, condition, setOf } from "./conditions-builder.ts";
import { DAY, HOUR, START } from "./timeline.ts";

const MESSAGES = { timezone: "UTC", emails: "masked", runbookUrl: null, externalUrl: null } as const;
const POLICY: AlertPolicy = {
  ...DEFAULT_ALERT_POLICY,
  repeatEveryMs: { critical: null, warning: null, info: null },
  groupWaitMs: 0,
  maxAgeMs: 30 * DAY,
};

let root: string;
let patterns: readonly string[];
let refreshEveryMs: number | null;
let delivery: Delivery;
let now: Date;
let said: string[];
let texts: string[];

beforeEach(() => {
  root = makeRoot();
  [patterns, refreshEveryMs, delivery] = [[at("home/*")], null, { kind: "delivered", detail: "" }];
  [now, said, texts] = [START, [], []];
  for (const name of ["ada", "bob"]) write(`home/${name}`);
});

const at = (path: string): string => join(root, path);
const wait = (ms: number): void => void (now = new Date(now.getTime() + ms));

/** With a token that expired an hour before the time line begins. */
function write(home: string): void {
  writeHome(at(home), { "anthropic:manual": token(START.getTime() - HOUR) });
}

function remove(path: string): void {
  rmSync(at(path), { recursive: true });
}

function openChecker(): Checker {
  const host = openHost({ homes: patterns });
  return createChecker({ host, memory: loadObservations(at("state")), policy: DEFAULT_POLICY, home: root });
}

const hears = (): ReturnType<typeof channel> => channel({ refreshEveryMs, match: [{ reason: "expired" }] });

/** One run of `check --notify` at this time: a look at the directory by a process of its own. */
async function check(): Promise<void> {
  const note = (): void => undefined;
  const notifier = createNotifier({
    store: openAlertStore(at("state"), now),
    policy: POLICY,
    channels: [
      {
        policy: hears(),
        channel: {
          async send({ items }, { text }) {
            if (delivery.kind !== "delivered") return delivery;
            said.push(...items.map(({ because, condition }) => `${because} ${condition.installation}`));
            texts.push(text);
            return delivery;
          },
          close: async () => undefined,
        },
      },
    ],
    render: (notification, when) => renderMessage(notification, MESSAGES, when),
    log: { info: note, warn: note, error: note },
    now: () => now,
    random: () => 0.5,
  });
  notifier.handle(await openChecker().check(now));
  await notifier.flush(5_000);
  await notifier.stop(0);
}

/** What was said by the first look and those that follow for so long. */
async function checkFor(lastMs: number, everyMs = 12 * HOUR): Promise<readonly string[]> {
  const before = said.length;
  for (let passedMs = 0; passedMs <= lastMs; passedMs += everyMs) {
    await check();
    wait(everyMs);
  }
  return said.slice(before);
}

const WHY = "its home has been gone for 7 days, so nobody knows whether it goes on";
const END = ["unwatched bob-openclaw"];

describe("a home that a glob does not match any more", () => {
  beforeEach(async () => {
    await check();
    wait(HOUR);
  });

  test("ends as not watched after seven days, once", async () => {
    expect(said.toSorted()).toEqual(["first ada-openclaw", "first bob-openclaw"]);
    remove("home/bob");
    expect(await checkFor(7 * DAY - HOUR, 4 * HOUR)).toEqual([]);
    expect(await checkFor(0)).toEqual(END);
    const [text = ""] = texts.slice(-1);
    expect(text).toMatch(/^NO LONGER WATCHED main@bob-openclaw: anthropic:manual had expired\n/);
    expect(text.replaceAll(/ +/g, " ")).toContain(`\nWhy now: ${WHY}\n`);
    expect(text).not.toMatch(/resolved|mended|over since|config/i);
    expect(await checkFor(9 * DAY)).toEqual([]);
    expect(readAlertMemory(at("state"))?.told.map(({ condition }) => condition.installation)).toEqual(["ada-openclaw"]);
  });

  test("is news when it comes back", async () => {
    remove("home/bob");
    await checkFor(8 * DAY);
    write("home/bob");
    expect(await checkFor(0)).toEqual(["first bob-openclaw"]);
    remove("home/bob");
    expect(await checkFor(7 * DAY - HOUR)).toEqual([]);
    expect(await checkFor(0)).toEqual(END);
  });

  test("begins anew to be gone when it was there in between", async () => {
    remove("home/bob");
    await checkFor(5 * DAY);
    write("home/bob");
    await check();
    remove("home/bob");
    expect(await checkFor(5 * DAY)).toEqual([]);
    expect(said).toHaveLength(2);
    expect(await checkFor(2 * DAY)).toEqual(END);
  });

  test("begins anew also when nothing could be read there in between", async () => {
    remove("home/bob");
    await checkFor(5 * DAY);
    mkdirSync(at("home/bob"));
    await check();
    remove("home/bob");
    expect(await checkFor(5 * DAY)).toEqual([]);
  });

  test.each([
    ["as it is in use", ["home/*", "home/bob"]],
    ["and all others", ["home/ada", "home/bob"]],
  ])("is watched for ever where the config names it, %s", async (_name, named) => {
    patterns = named.map(at);
    remove("home/bob");
    expect(await checkFor(9 * DAY)).toEqual([]);
  });

  test("is watched for ever where nothing is beside it, as when nothing is mounted", async () => {
    renameSync(at("home"), at("away"));
    mkdirSync(at("home"));
    expect(await checkFor(9 * DAY)).toEqual([]);
    mkdirSync(at("home/ada"));
    expect(await checkFor(9 * DAY)).toEqual([]);
    remove("home");
    expect(await checkFor(9 * DAY)).toEqual([]);
    renameSync(at("away"), at("home"));
    expect(await checkFor(0)).toEqual([]);
  });

  test("is gone for no longer by looks that could not tell", async () => {
    remove("home/bob");
    await checkFor(3 * DAY);
    renameSync(at("home"), at("away"));
    expect(await checkFor(30 * DAY, DAY)).toEqual([]);
    renameSync(at("away"), at("home"));
    expect(await checkFor(2 * DAY)).toEqual([]);
    expect(await checkFor(2 * DAY)).toEqual(END);
  });

  test("is gone for no longer than a day by a clock that was set, or while nobody looked", async () => {
    remove("home/bob");
    await check();
    wait(31 * DAY);
    expect(await checkFor(0)).toEqual([]);
    wait(-31 * DAY);
    expect(await checkFor(5 * DAY)).toEqual([]);
    expect(await checkFor(DAY)).toEqual(END);
  });

  test("takes eight looks where one looks once a week", async () => {
    remove("home/bob");
    expect(await checkFor(6 * 7 * DAY, 7 * DAY)).toEqual([]);
    expect(await checkFor(0)).toEqual(END);
  });

  test("is told of by a receiver that forgets until then, and ended there", async () => {
    refreshEveryMs = HOUR;
    remove("home/bob");
    const week = await checkFor(7 * DAY - 12 * HOUR);
    expect(week.filter((line) => line !== "repeat ada-openclaw")).toEqual(Array(14).fill("repeat bob-openclaw"));
    expect(await checkFor(0)).toEqual(expect.arrayContaining(END));
    expect(new Set(await checkFor(DAY))).toEqual(new Set(["repeat ada-openclaw"]));
  });

  test("is watched for ever where a link still leads to it", async () => {
    renameSync(at("home/bob"), at("away"));
    symlinkSync(at("away"), at("home/bob"));
    expect(await checkFor(0)).toEqual([]);
    remove("away");
    expect(await checkFor(9 * DAY)).toEqual([]);
  });

  test("is foretold by simulate", async () => {
    remove("home/bob");
    await checkFor(2 * DAY);
    const memory = readAlertMemory(at("state"));
    if (memory === null) throw new Error("nothing is remembered");
    const checker = openChecker();
    const foretold: string[] = [];
    const look = async (when: Date) => checker.check(now, when);
    const to = new Date(now.getTime() + 9 * DAY);
    for await (const { at: when, notification } of simulate({
      look,
      policy: POLICY,
      channels: [hears()],
      from: now,
      to,
      memory,
    }))
      for (const { because, condition } of notification.items)
        foretold.push(`${(when.getTime() - START.getTime()) / HOUR} h ${because} ${condition.installation}`);
    expect(foretold).toEqual(["169 h unwatched bob-openclaw"]);
  });
});

test("a home in a directory that is empty, as where nothing is mounted, is watched for ever", async () => {
  patterns = [at("mnt/*/home")];
  for (const name of ["one", "two"]) write(`mnt/${name}/home`);
  await check();
  remove("mnt/two/home");
  wait(HOUR);
  const before = said.length;
  expect(await checkFor(9 * DAY)).toEqual([]);
  remove("mnt/two");
  await checkFor(8 * DAY);
  expect([before, said.slice(before)]).toEqual([2, [expect.stringMatching(/^unwatched /)]]);
});

test("what could not leave before its home was gone for long says why nobody knows of it", async () => {
  delivery = { kind: "retry", detail: "", retryAfterMs: null };
  await check();
  remove("home/bob");
  wait(HOUR);
  await checkFor(7 * DAY + HOUR);
  delivery = { kind: "delivered", detail: "" };
  wait(DAY);
  await check();
  expect(said.toSorted()).toEqual(["first ada-openclaw", "unwatched bob-openclaw", "unwatched bob-openclaw"]);
  const reasons = [...texts.join("").matchAll(/Why now: +(.*)/g)].map(([, why = ""]) => why);
  expect(reasons.filter((why) => /home|config/.test(why))).toEqual(Array(2).fill(WHY));
});

test.each([
  ["gone still", "gone", [], "unwatched"],
  ["not to be told from what is not mounted now", "unknown", [], "unknown"],
  ["there again", "there", [], "unknown"],
  [
    "seen by another config within a week",
    "gone",
    [{ place: "/home/bob/.openclaw", scope: "b", at: START }],
    "left_to_others",
  ],
] as const)("what was gone for long and is %s", (_name, home, seen, expected) => {
  const { key, ...one } = condition({ place: "/home/bob/.openclaw" });
  const gone = { forMs: 7 * DAY, at: START };
  const episode = {
    key,
    since: START,
    endedAt: null,
    isUnwatched: false,
    changes: [],
    condition: { key, ...one },
    gone,
  };
  const absenceOf = createAbsence(
    { ...setOf([], [key]), homeOf: () => home },
    { memory: { episodes: [episode], seen }, scope: "a", now: START },
  );
  expect(absenceOf(key, one.place)).toBe(expected);
});
