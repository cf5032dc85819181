import { describe, expect, test } from "vitest";
import type { HomeSight } from "../../src/alerts/condition.ts";
import { findConditions } from "../../src/alerts/conditions.ts";
import { leaveOutStale } from "../../src/alerts/stale.ts";
import { problem } from "../../src/problem.ts";
import type { RemoteReport, Snapshot } from "../../src/snapshot.ts";
import { buildSnapshot, NOW } from "../snapshot-builder.ts";

const NAMES = [".openclaw", ".clawdbot", ".moltbot", ".moldbot"];
const listed = (...homes: readonly string[]): readonly string[] =>
  homes.flatMap((home) => NAMES.map((name) => `${home}/${name}`));
const bare = (home: string): readonly string[] => listed(home).map((path) => `${path}/`);
const KEY = "gone/main/answer";
const BOB = "/home/bob/.openclaw";

const look = (over: Partial<Snapshot>, place: string | undefined): HomeSight =>
  findConditions(buildSnapshot({ installations: [], ...over })).homeOf(KEY, place);

describe("a home that only a glob names", () => {
  test.each([
    ["others of the glob are there", ["/home/*", ...listed("/home/ada")], BOB],
    ["what lay there was a login", ["/home/*", ...listed("/home/ada")], "/home/bob/.codex/auth.json"],
    ["what lay there was deep in it", ["/home/*", ...listed("/home/ada")], "/home/bob/a/b/.openclaw"],
    [
      "one of them has an empty state directory",
      ["/home/*", "/home/ada/.openclaw/", ...listed("/home/ada").slice(1)],
      BOB,
    ],
    ["the home around it is searched too", ["/home/*", ...listed("/home/ada", "/home")], BOB],
    ["another glob has nothing beside it", ["/home/b*", "/home/*", ...listed("/home/ada")], BOB],
    ["the glob goes on behind it", ["/srv/*/home", ...listed("/srv/ada/home")], "/srv/bob/home/.openclaw"],
    [
      "one is beside it in the last directory",
      ["/srv/*/home/*", ...listed("/srv/a/home/ada")],
      "/srv/a/home/bob/.openclaw",
    ],
  ])("is gone where %s", (_name, searched, place) => {
    expect(look({ searched }, place)).toBe("gone");
  });

  test.each([
    ["it was listed", ["/home/*", ...listed("/home/ada", "/home/bob")], BOB],
    ["it is empty", ["/home/*", ...listed("/home/ada"), ...bare("/home/bob")], BOB],
  ])("is there where %s", (_name, searched, place) => {
    expect(look({ searched }, place)).toBe("there");
  });

  test.each([
    ["the glob matches nothing", ["/home/*"], BOB],
    ["what is beside it is empty", ["/home/*", ...bare("/home/ada")], BOB],
    ["what is beside it is of another glob", ["/home/b*", "/home/a*", ...listed("/home/ada")], BOB],
    ["nothing is in the same directory", ["/srv/*/home/*", ...listed("/srv/b/home/ada")], "/srv/a/home/bob/.openclaw"],
    ["a directory is named outright beside it", ["/home/*", "/home/ada/.openclaw"], BOB],
    ["the directory in it is named outright too", ["/home/*", BOB, ...listed("/home/ada")], BOB],
    ["that is empty", ["/home/*", `${BOB}/`, ...listed("/home/ada")], BOB],
    ["it is named outright too", ["/home/*", "/home/bob", ...listed("/home/ada")], BOB],
    ["no glob names it", listed("/home/ada"), BOB],
    ["nobody wrote down where it is", ["/home/*", ...listed("/home/ada")], undefined],
  ])("is unknown where %s", (_name, searched, place) => {
    expect(look({ searched }, place)).toBe("unknown");
  });

  test.each([
    ["/home", "unknown"],
    ["/", "unknown"],
    ["/home/ada", "gone"],
    ["/home/bo", "gone"],
  ] as const)("cannot be told where what holds it could not be listed: %s", (path, expected) => {
    const searched = ["/home/*", ...listed("/home/ada")];
    const problems = [problem("permission_denied", path, "we may not list it")];
    expect(look({ searched, problems }, BOB)).toBe(expected);
  });

  test("is gone also where nothing is found at all, wherever we run", () => {
    const root = process.cwd();
    const searched = [`${root}/*`, ...listed(`${root}/ada`)];
    const problems = [problem("not_found", "", "no installation found")];
    expect(look({ searched, problems }, `${root}/bob/.openclaw`)).toBe("gone");
  });

  test("is not for one shard to tell of for another", () => {
    const shard = { index: 1, count: 2 };
    const places = Array.from({ length: 20 }, (_, index) => `/home/b${index}/.openclaw`);
    const seen = places.map((place) => look({ searched: ["/home/*", ...listed("/home/ada")], shard }, place));
    expect(new Set(seen)).toEqual(new Set(["gone", "unknown"]));
  });

  test("is not for a look to tell of that another was ahead of", () => {
    const set = findConditions(buildSnapshot({ installations: [], searched: ["/home/*", ...listed("/home/ada")] }));
    const seen = [{ place: BOB, scope: "", at: NOW }];
    const stale = leaveOutStale(set, seen, { lookedAt: () => new Date(NOW.getTime() - 1), now: NOW });
    expect([stale.homeOf(KEY, BOB), stale.homeOf(KEY, "/home/bea/.openclaw")]).toEqual(["unknown", "gone"]);
  });
});

describe("on another host it", () => {
  const vps: RemoteReport = {
    name: "vps",
    address: "https://vps",
    isUp: true,
    askedAt: NOW,
    lastSeenAt: NOW,
    lastCheckAt: NOW,
    verdict: "ok",
    problem: null,
  };
  const searched = ["/home/*", ...listed("/home/ada")].map((path) => `vps:${path}`);
  const unreachable = problem("unreachable", "https://vps", "vps does not answer");
  const unlisted = problem("permission_denied", "vps:/home", "we may not list it");

  test.each([
    ["is told by its answer", { remotes: [vps] }, "gone"],
    ["is not told by an answer of before", { remotes: [{ ...vps, problem: unreachable }] }, "unknown"],
    ["is not told before it answers", { remotes: [{ ...vps, isUp: null }] }, "unknown"],
    ["cannot be told where it may not list", { remotes: [vps], problems: [unlisted] }, "unknown"],
    ["is another matter when the host is dropped", { remotes: [] }, "unknown"],
  ] as const)("%s", (_name, over, expected) => {
    expect(look({ searched, ...over }, `vps:${BOB}`)).toBe(expected);
  });

  test("is not told by what lies on this one", () => {
    const ours = ["/home/*", ...listed("/home/ada")];
    expect(look({ searched: [...ours, "vps:/home/*"], remotes: [vps] }, `vps:${BOB}`)).toBe("unknown");
  });
});
