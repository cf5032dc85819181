import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { scopeOf } from "../../src/alerts/lifetime.ts";
import { findWatching } from "../../src/alerts/nothing-left.ts";
import { createNotifier } from "../../src/alerts/notifier.ts";
import { type AlertPolicy, DEFAULT_ALERT_POLICY } from "../../src/alerts/policy.ts";
import { readAlertMemory } from "../../src/alerts/read-memory.ts";
import { renderMessage } from "../../src/alerts/render.ts";
import { openAlertStore } from "../../src/alerts/store-file.ts";
import { createChecker } from "../../src/check.ts";
import type { DiscoveryOptions } from "../../src/discovery/host.ts";
import { loadObservations } from "../../src/observations.ts";
import { DEFAULT_POLICY } from "../../src/policy.ts";
import { problem } from "../../src/problem.ts";
import type { Shard } from "../../src/shard.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import { token, writeHome } from "../commands/json-home.ts";
import { makeRoot, openHost } from "../discovery/tree.ts";
import { buildInstallation, buildSnapshot } from "../snapshot-builder.ts";
import { channel } from "./conditions-builder.ts";
import { DAY, HOUR, MINUTE, START } from "./timeline.ts";

const MESSAGES = { timezone: "UTC", emails: "masked", runbookUrl: null, externalUrl: null } as const;

let root: string;
let storage: string;
let search: Partial<DiscoveryOptions>;
let policy: AlertPolicy;
let now: Date;
let said: string[];
let texts: string[];

beforeEach(() => {
  root = makeRoot();
  [storage, now, said, texts] = ["state", START, [], []];
  search = { homes: [at("ada")], logins: true };
  policy = { ...DEFAULT_ALERT_POLICY, groupWaitMs: 0, scope: scopeOf("a", "one_run") };
  writeHome(at("ada"), { "anthropic:manual": token() });
  writeFileSync(at("ada/.bashrc"), "");
});

const at = (path: string): string => join(root, path);
const wait = (ms: number): void => void (now = new Date(now.getTime() + ms));
const remove = (path = "ada/.openclaw"): void => rmSync(at(path), { recursive: true });

type Change = (found: Snapshot) => Snapshot;

/** One run of `check --notify` at this time, by a process of its own; what it said, and how much holds as it sees it. */
async function check(change: Change = (found) => found): Promise<number> {
  const note = (): void => undefined;
  const notifier = createNotifier({
    store: openAlertStore(at(storage), now),
    policy,
    channels: [
      {
        policy: channel(),
        channel: {
          async send({ items }, { text }) {
            said.push(...items.map(({ because, condition: { family, key } }) => `${because} ${family} ${key}`));
            texts.push(text);
            return { kind: "delivered", detail: "" };
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
  const host = openHost(search);
  const memory = loadObservations(at(storage));
  const checker = createChecker({ host, memory, policy: DEFAULT_POLICY, home: root });
  notifier.handle(change(await checker.check(now)));
  await notifier.flush(5_000);
  const { conditions } = notifier.figures();
  await notifier.stop(0);
  return [...conditions.values()].reduce((sum, count) => sum + count, 0);
}

/** What looks say for so long, every five minutes. */
async function checkFor(lastMs: number, everyMs = 5 * MINUTE, change?: Change): Promise<readonly string[]> {
  const before = said.length;
  for (let passedMs = 0; passedMs <= lastMs; passedMs += everyMs) {
    await check(change);
    wait(everyMs);
  }
  return said.slice(before);
}

const FIRST = ["first installation openclaw//installation"];
const RESOLVED = ["resolved installation openclaw//installation"];

describe("once the only installation is gone", () => {
  beforeEach(async () => void (await checkFor(0)));

  test("somebody is told after the hold time, and that it is over when it is back", async () => {
    remove();
    await checkFor(9 * MINUTE);
    expect(said).toEqual([]);
    expect(await checkFor(0)).toEqual(FIRST);
    const [text = ""] = texts;
    expect(text).toMatch(/^WARNING openclaw: installation is not there\n/);
    expect(text).toContain(`${at("ada/.openclaw")} is gone, and nothing else is found to watch`);
    expect(text).toContain("To mend it:\nagent-auth doctor  # ");
    expect(await checkFor(HOUR)).toEqual([]);
    expect(await check()).toBe(1);
    writeHome(at("ada"), { "anthropic:manual": token() });
    expect(await checkFor(HOUR)).toEqual(RESOLVED);
    expect(await check()).toBe(0);
  });

  test("it is over when another one is there", async () => {
    remove();
    await checkFor(HOUR);
    writeHome(at("eve"), { "anthropic:manual": token() });
    renameSync(at("eve/.openclaw"), at("ada/.openclaw-work"));
    expect(await checkFor(HOUR)).toEqual(RESOLVED);
  });

  test("it ends as not watched when the config names other places", async () => {
    remove();
    await checkFor(HOUR);
    mkdirSync(at("bob/Documents"), { recursive: true });
    search = { homes: [at("bob")] };
    expect(await checkFor(HOUR)).toEqual(["unwatched installation openclaw//installation"]);
  });

  test("nobody is told when the config named other places before", async () => {
    remove();
    mkdirSync(at("bob/Documents"), { recursive: true });
    search = { homes: [at("bob")] };
    expect(await checkFor(HOUR)).toEqual([]);
  });

  test("another config is told of nothing, for it saw none", async () => {
    remove();
    policy = { ...policy, scope: scopeOf("b", "one_run") };
    expect(await checkFor(HOUR)).toEqual([]);
  });

  test("serve and check by one config agree", async () => {
    remove();
    await checkFor(HOUR);
    policy = { ...policy, scope: scopeOf("a", "lasting") };
    expect(await checkFor(HOUR)).toEqual([]);
    policy = { ...policy, scope: scopeOf("b", "lasting") };
    expect(await checkFor(HOUR)).toEqual([]);
  });

  test("it is remembered for as long as it lasts", async () => {
    remove();
    await checkFor(HOUR);
    const told = await checkFor(36 * DAY, 3 * DAY);
    expect(new Set(told)).toEqual(new Set(["repeat installation openclaw//installation"]));
    renameSync(at("ada"), at("away"));
    mkdirSync(at("ada"));
    expect(await checkFor(36 * DAY, 3 * DAY)).toEqual([]);
    remove("ada");
    renameSync(at("away"), at("ada"));
    expect(new Set(await checkFor(DAY, DAY))).toEqual(new Set(["repeat installation openclaw//installation"]));
  });

  test("a login that is left is something to watch", async () => {
    mkdirSync(at("ada/.codex"));
    const access = { access_token: "CANARY-access", refresh_token: "CANARY-refresh" };
    writeFileSync(at("ada/.codex/auth.json"), JSON.stringify({ tokens: access }));
    await checkFor(0);
    remove();
    expect(await checkFor(HOUR)).toEqual([]);
    remove("ada/.codex");
    expect(await checkFor(HOUR)).toEqual(FIRST);
  });

  test("another host that is asked is something to watch", async () => {
    remove();
    const remote = {
      name: "vps",
      address: "https://vps",
      isUp: true,
      askedAt: null,
      lastSeenAt: null,
      lastCheckAt: null,
      verdict: "ok",
      problem: null,
    } as const;
    const beside: Change = (found) => ({ ...found, remotes: [remote] });
    expect(await checkFor(HOUR, HOUR, beside)).toEqual([]);
  });

  test("of the shards of this host one tells", async () => {
    const shards = [1, 2, 3].map((index) => ({ index, count: 3 }));
    const lookAs = async (shard: Shard, lastMs: number) => {
      storage = `state-${shard.index}`;
      return checkFor(lastMs, HOUR, (found) => ({ ...found, shard }));
    };
    for (const shard of shards) await lookAs(shard, 0);
    remove();
    const lines: string[] = [];
    for (const shard of [...shards, ...shards]) lines.push(...(await lookAs(shard, 2 * HOUR)));
    expect(lines).toEqual(FIRST);
  });

  test.each([
    ["its directory is empty", () => (remove(), mkdirSync(at("ada/.openclaw")))],
    ["its directory leads nowhere", () => (remove(), symlinkSync("nowhere", at("ada/.openclaw")))],
    ["its home is empty", () => (remove("ada"), mkdirSync(at("ada")))],
    ["its home is not there", () => remove("ada")],
    ["its home leads nowhere", () => (remove("ada"), symlinkSync("nowhere", at("ada")))],
    ["our environment names one that is not there", () => (remove(), env({ OPENCLAW_STATE_DIR: at("gone") }))],
  ])("nobody is told where it may be back: %s", async (_name, change) => {
    change();
    expect(await checkFor(HOUR)).toEqual([]);
  });

  test("nobody is told where its home cannot be listed", async () => {
    remove();
    const closed = problem("permission_denied", at("ada"), "we may not list it");
    const unlisted: Change = (found) => ({ ...found, problems: [...found.problems, closed] });
    expect(await checkFor(HOUR, HOUR, unlisted)).toEqual([]);
  });
});

function env(over: Readonly<Record<string, string>>): void {
  search = { ...search, homes: [at("ada")], env: { HOME: at("ada"), ...over } };
}

test("a host without an installation is told of nothing", async () => {
  remove();
  expect(await checkFor(HOUR)).toEqual([]);
});

test("a host of which only a login was known is told of nothing more when that is gone", async () => {
  remove();
  mkdirSync(at("ada/.codex"));
  writeFileSync(at("ada/.codex/auth.json"), "{");
  expect(await checkFor(HOUR)).toEqual(["first store codex/_cli/store"]);
  remove("ada/.codex");
  expect(await checkFor(HOUR)).toEqual(["resolved store codex/_cli/store"]);
});

test("what the config named before does not keep anybody from being told", async () => {
  writeHome(at("bob"), { "anthropic:manual": token() });
  search = { homes: [at("bob")] };
  await checkFor(0);
  search = { homes: [at("ada")] };
  await checkFor(0);
  remove();
  expect(await checkFor(HOUR)).toEqual(FIRST);
});

test("of several that are gone the last is told of, and only when nothing is left", async () => {
  search = { homes: [at("ada"), at("bob")] };
  writeHome(at("bob"), { "anthropic:manual": token() });
  writeFileSync(at("bob/.bashrc"), "");
  await checkFor(0);
  remove();
  expect(await checkFor(2 * HOUR)).toEqual([]);
  remove("bob/.openclaw");
  expect(await checkFor(HOUR)).toEqual(FIRST);
  expect(texts.join("")).toContain(`${at("bob/.openclaw")} is gone`);
});

test("nobody is told while one of several may not be mounted", async () => {
  search = { homes: [at("ada"), at("bob")] };
  writeHome(at("bob"), { "anthropic:manual": token() });
  await checkFor(0);
  renameSync(at("ada/.openclaw"), at("away"));
  mkdirSync(at("ada/.openclaw"));
  await checkFor(2 * HOUR);
  remove("bob/.openclaw");
  writeFileSync(at("bob/.bashrc"), "");
  expect(await checkFor(HOUR)).toEqual([]);
  remove("ada/.openclaw");
  expect(await checkFor(HOUR)).toEqual(FIRST);
});

test.each([
  ["a login", { kind: "login" }],
  ["of another host", { remote: "vps", stateDir: "vps:/home/ada/.openclaw" }],
  ["not to be read, and may never have been there", { problems: [problem("not_found", "/srv/claw", "is not there")] }],
] as const)("what is %s is not taken for something that was there", (_name, over) => {
  const [other, ours] = [buildInstallation(over), buildInstallation({ id: "ours", stateDir: "/home/eve/.openclaw" })];
  expect(findWatching(buildSnapshot({ installations: [other] }))).toEqual({ isNothing: false, place: null });
  expect(findWatching(buildSnapshot({ installations: [other, ours] })).place).toBe(ours.stateDir);
});

test("a host that is well has this written down once a day", async () => {
  const noted = (): readonly Date[] | undefined => readAlertMemory(at(storage))?.seen?.map((look) => look.at);
  const first = now;
  await checkFor(DAY - HOUR, HOUR);
  expect(noted()).toEqual([first]);
  wait(HOUR);
  const second = now;
  await checkFor(0);
  expect(noted()).toEqual([second]);
});
