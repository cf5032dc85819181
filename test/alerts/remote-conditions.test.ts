import { describe, expect, test } from "vitest";
import { findConditions } from "../../src/alerts/conditions.ts";
import { problem } from "../../src/problem.ts";
import { markOutOfReach } from "../../src/remote/adopt.ts";
import type { InstallationReport, RemoteReport, Snapshot } from "../../src/snapshot.ts";
import { buildInstallation, buildProfile, buildSnapshot, inHours, NOW } from "../snapshot-builder.ts";

const ADDRESS = "https://vps.example.com:10884";
const UNREACHABLE = problem("unreachable", ADDRESS, `vps (${ADDRESS}) is not known: no answer; last seen 3h ago`);

const expired = buildProfile({
  status: "expired",
  verdict: "critical",
  verdictReason: "expired",
  expiresAt: inHours(-1),
});
const theirs = buildInstallation({ id: "vps-openclaw", stateDir: "vps:/home/pat/.openclaw", profiles: [expired] });
const ours = buildInstallation({ profiles: [expired] });
const EXPIRY_THERE = "vps-openclaw/main/expiry/anthropic:default";

describe("findConditions with other hosts", () => {
  test("a host that answers adds its conditions to ours", () => {
    expect(keysOf(withHost([ours, theirs], null))).toEqual(["openclaw/main/expiry/anthropic:default", EXPIRY_THERE]);
  });

  test("a host that does not answer is one condition, whatever was known of it", () => {
    const { conditions } = findConditions(withHost([ours, lost(theirs)], UNREACHABLE));
    expect(conditions.map(({ key, reason, severity }) => [key, reason, severity])).toEqual([
      ["vps//remote", "unreachable", "warning"],
      ["openclaw/main/expiry/anthropic:default", "expired", "critical"],
    ]);
    expect(conditions[0]?.summary).toBe(`vps (${ADDRESS}) is not known: no answer; last seen 3h ago`);
  });

  test("a host that is called as an installation here is told beside it, and neither ends for the other", () => {
    const found = withHost([ours], UNREACHABLE);
    const remotes = found.remotes.map((one) => ({ ...one, name: "openclaw" }));
    const broken = { ...ours, problems: [problem("permission_denied", ours.stateDir, "may not be read")] };
    const { conditions } = findConditions({ ...found, remotes, installations: [broken] });
    expect(conditions.map(({ key }) => key)).toEqual(
      expect.arrayContaining(["openclaw//remote", "openclaw//installation"]),
    );
    const isUp = remotes.map((one) => ({ ...one, isUp: true, verdict: "ok" as const, problem: null }));
    const { isUnknown } = findConditions({ ...found, remotes: isUp, installations: [], problems: [], searched: [] });
    expect(isUnknown("openclaw//remote", ADDRESS)).toBe(false);
    expect(isUnknown("openclaw/main/expiry/anthropic:default", ours.stateDir)).toBe(true);
  });

  test("says when it was known last, and not how long ago: that is true for a moment only", () => {
    const host = withHost([ours], UNREACHABLE);
    const told = (over: Partial<RemoteReport>) =>
      findConditions({ ...host, remotes: host.remotes.map((one) => ({ ...one, ...over })) }).conditions[0];
    const times = { lastSeenAt: inHours(-3), lastCheckAt: inHours(-5) };
    expect(told({ ...times, lasting: "vps is not known" })).toMatchObject({
      summary: "vps is not known",
      knownAt: times.lastSeenAt,
    });
    const outdated = problem("outdated", ADDRESS, "vps answers, but its last check was 5h ago");
    expect(told({ ...times, problem: outdated })).toMatchObject({ knownAt: times.lastCheckAt });
    expect(told({ lastSeenAt: null })).not.toHaveProperty("knownAt");
  });

  test("what was told of it is neither over nor true until it answers", () => {
    const { isUnknown } = findConditions(withHost([ours, lost(theirs)], UNREACHABLE));
    expect(isUnknown(EXPIRY_THERE, theirs.stateDir)).toBe(true);
    expect(isUnknown("vps-openclaw//installation", theirs.stateDir)).toBe(true);
    expect(isUnknown("vps-openclaw/main/store", theirs.stateDir)).toBe(true);
    expect(isUnknown("openclaw/main/unusable/anthropic:default", ours.stateDir)).toBe(false);
  });

  test("nor when nothing is kept of what it held", () => {
    expect(findConditions(withHost([ours], UNREACHABLE)).isUnknown(EXPIRY_THERE, theirs.stateDir)).toBe(true);
  });

  test("back again, it is over that nobody knew", () => {
    const { conditions, isUnknown } = findConditions(withHost([ours, theirs], null));
    expect(conditions.some(({ family }) => family === "remote")).toBe(false);
    expect(isUnknown("vps//remote", ADDRESS)).toBe(false);
  });

  test("is neither over nor back while it is asked for the first time", () => {
    const pending = problem("pending", ADDRESS, "vps has not answered yet");
    const found = withHost([ours], UNREACHABLE);
    const remotes = found.remotes.map((one) => ({ ...one, isUp: null, verdict: "ok" as const, problem: pending }));
    const { conditions, isUnknown, isUnwatched } = findConditions({ ...found, remotes, problems: [pending] });
    expect(conditions.map(({ installation }) => installation)).toEqual(["openclaw"]);
    for (const [key, place] of [
      ["vps//remote", ADDRESS],
      [EXPIRY_THERE, theirs.stateDir],
    ] as const)
      expect([isUnknown(key, place), isUnwatched(key, place)]).toEqual([true, false]);
  });

  test.each([
    ["does not answer", UNREACHABLE],
    ["could not look everywhere", problem("permission_denied", "vps:/root", "vps: no access")],
  ])("what is gone here is over, also while another host %s", (_name, trouble) => {
    const found = { ...withHost([], null), problems: [trouble] };
    const { isUnknown } = findConditions(found);
    expect(isUnknown("openclaw/main/expiry/x", "/home/user/.openclaw")).toBe(false);
    expect(isUnknown(EXPIRY_THERE, theirs.stateDir)).toBe(true);
  });

  test("what is gone there is over, also while this host could not look everywhere", () => {
    const found = { ...withHost([], null), problems: [problem("permission_denied", "/root", "no access")] };
    const { isUnknown } = findConditions(found);
    expect(isUnknown("openclaw/main/expiry/x", "/home/user/.openclaw")).toBe(true);
    expect(isUnknown(EXPIRY_THERE, theirs.stateDir)).toBe(false);
  });

  test("a host that is not asked any more is not known to be back", () => {
    const alone = buildSnapshot({ installations: [ours] });
    expect(findConditions(alone).isUnknown("vps//remote", ADDRESS)).toBe(true);
  });
});

function lost(installation: InstallationReport): InstallationReport {
  return markOutOfReach(installation, { problem: UNREACHABLE, verdict: "warning", message: "vps last seen 3h ago" });
}

function withHost(installations: readonly InstallationReport[], trouble: typeof UNREACHABLE | null): Snapshot {
  const remote: RemoteReport = {
    name: "vps",
    address: ADDRESS,
    isUp: trouble === null,
    askedAt: NOW,
    lastSeenAt: NOW,
    lastCheckAt: NOW,
    verdict: trouble === null ? "ok" : "warning",
    problem: trouble,
  };
  const searched = ["/home/user/.openclaw", "vps:/home/pat/.openclaw"];
  return buildSnapshot({ installations, remotes: [remote], searched, problems: trouble === null ? [] : [trouble] });
}

function keysOf(snapshot: Snapshot): readonly string[] {
  return findConditions(snapshot).conditions.map(({ key }) => key);
}
