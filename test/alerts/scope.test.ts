import { describe, expect, test } from "vitest";
import { findConditions } from "../../src/alerts/conditions.ts";
import { problem } from "../../src/problem.ts";
import type { RemoteReport, Snapshot } from "../../src/snapshot.ts";
import { buildInstallation, buildSnapshot, NOW } from "../snapshot-builder.ts";

const NAMES = [".openclaw", ".clawdbot", ".moltbot", ".moldbot"];
const listed = (home: string): readonly string[] => NAMES.map((name) => `${home}/${name}`);
const KEY = "gone/main/answer";

describe("what nobody watches any more", () => {
  test.each([
    ["a home that the config does not name", listed("/home/bob"), "/home/ada/.openclaw", true],
    ["a directory that it does not name", ["/srv/other"], "/srv/claw", true],
    ["a directory below a home that was listed", listed("/home/ada"), "/home/ada/claw", true],
    ["one below a home that a glob names too", ["/home/*", ...listed("/home/ada")], "/home/ada/claw", true],
    ["one inside another installation", listed("/home/ada"), "/home/ada/.openclaw/instances/a", true],
    ["a login of a home that is named, but not for logins", listed("/home/ada"), "/home/ada/.codex/auth.json", true],
    ["what other hosts had", listed("/home/ada"), "vps:/home/ada/.openclaw", true],
    ["another host itself", listed("/home/ada"), "https://vps.example.com:10884", true],
    ["this host, where only others are watched", [], "/home/ada/.openclaw", true],
  ])("%s", (_name, searched, place, expected) => {
    expect(isUnwatched({ searched }, place)).toBe(expected);
  });

  test.each([
    ["an installation that was looked for", listed("/home/ada"), "/home/ada/.openclaw"],
    ["a profile of it", listed("/home/ada"), "/home/ada/.openclaw-work"],
    ["a home that is not there now", ["/home/ada"], "/home/ada/.openclaw"],
    ["a login of a home that is not there now", ["/home/ada"], "/home/ada/.codex/auth.json"],
    ["a glob that matches nothing now", ["/home/*"], "/home/ada/.openclaw"],
    ["a glob that does not match this home now", ["/home/*", ...listed("/home/bob")], "/home/ada/.openclaw"],
    ["a glob in the middle", ["/srv/*/home/?da"], "/srv/a/home/ada/.codex/auth.json"],
    ["a named directory", ["/srv/claw"], "/srv/claw"],
    ["a directory that is empty now", [...listed("/home/ada").slice(1), "/home/ada/.openclaw/"], "/home/ada/.openclaw"],
    ["a home that is empty now", listed("/home/ada").map((path) => `${path}/`), "/home/ada/.openclaw-work"],
    ["a login of it", ["/home/ada/.codex/auth.json/"], "/home/ada/.codex/auth.json"],
    ["whose place nobody wrote down", [], undefined],
  ])("but not %s", (_name, searched, place) => {
    expect(isUnwatched({ searched }, place)).toBe(false);
  });

  test("a glob stays within one segment of a path", () => {
    expect(isUnwatched({ searched: ["/srv/*"] }, "/data/srv/ada/.openclaw")).toBe(true);
    expect(isUnwatched({ searched: ["/home/a.a"] }, "/home/ada/.openclaw")).toBe(true);
  });

  test("a directory that is named keeps what lies in it apart", () => {
    const installations = [buildInstallation({ stateDir: "/srv/claw" })];
    expect(isUnwatched({ searched: ["/srv/claw"], installations }, "/srv/claw/second")).toBe(true);
  });
});

describe("what another host does not watch any more", () => {
  const unreachable = problem("unreachable", "https://vps", "vps does not answer");
  const vps = (over: Partial<RemoteReport> = {}): RemoteReport => ({
    name: "vps",
    address: "https://vps",
    isUp: true,
    askedAt: NOW,
    lastSeenAt: NOW,
    lastCheckAt: NOW,
    verdict: "ok",
    problem: null,
    ...over,
  });
  const searched = listed("/home/ada").map((path) => `vps:${path}`);

  test.each([
    ["it has dropped it", vps(), "vps:/home/bob/.openclaw", true],
    ["it looked there", vps(), "vps:/home/ada/.openclaw-work", false],
    ["nobody knows where it looks", vps({ problem: unreachable }), "vps:/home/bob/.openclaw", false],
    ["nobody has asked it yet", vps({ isUp: null }), "vps:/home/bob/.openclaw", false],
    ["it is the host itself", vps(), "https://vps", false],
    ["it is a host with a longer name", vps(), "vps2:/home/ada/.openclaw", true],
  ])("%s", (_name, remote, place, expected) => {
    expect(isUnwatched({ searched, remotes: [remote] }, place)).toBe(expected);
  });
});

test("an installation of the same label in another place is another one", () => {
  const installations = [buildInstallation({ id: "openclaw", stateDir: "/home/bob/.openclaw" })];
  const set = findConditions(buildSnapshot({ searched: listed("/home/bob"), installations }));
  const key = "openclaw/main/expiry/anthropic:default";
  expect(set.isUnknown(key, "/home/ada/.openclaw")).toBe(true);
  expect(set.isUnwatched(key, "/home/ada/.openclaw")).toBe(true);
  expect(set.isUnknown(key, "/home/bob/.openclaw")).toBe(false);
});

test("another host that has a new address is watched still", () => {
  const vps = { name: "vps", address: "https://new", isUp: null, askedAt: null, lastSeenAt: null, lastCheckAt: null };
  const set = findConditions(buildSnapshot({ searched: [], remotes: [{ ...vps, verdict: "ok", problem: null }] }));
  expect(set.isUnknown("vps//remote", "https://old")).toBe(true);
  expect(set.isUnwatched("vps//remote", "https://old")).toBe(false);
});

test("what another shard tells of is watched", () => {
  const shard = { index: 1, count: 2 };
  const places = Array.from({ length: 20 }, (_, index) => `/srv/${index}`);
  const set = findConditions(buildSnapshot({ searched: [], shard }));
  const unwatched = places.filter((place) => set.isUnwatched(KEY, place));
  expect(unwatched.length).toBeGreaterThan(0);
  expect(unwatched.length).toBeLessThan(places.length);
});

function isUnwatched(over: Partial<Snapshot>, place: string | undefined): boolean {
  const set = findConditions(buildSnapshot({ installations: [], ...over }));
  // Whatever is not watched is not known either.
  return set.isUnwatched(KEY, place) && set.isUnknown(KEY, place);
}
