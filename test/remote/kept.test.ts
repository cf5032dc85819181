import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openKeptAnswers } from "../../src/remote/kept.ts";
import { DEFAULT_REMOTE, type RemoteConfig, type RemoteTarget, toTargets } from "../../src/remote/target.ts";
import { inHours, NOW } from "../snapshot-builder.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-kept-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test.each<[string, Partial<RemoteConfig>, Partial<RemoteConfig>]>([
  ["on two ports of one address", { url: "ssh://ada@vps:2201" }, { url: "ssh://ada@vps:2202" }],
  ["with two programs", { url: "ssh://vps" }, { url: "ssh://vps", program: "/opt/agent-auth" }],
  ["asked as two users", { url: "https://ada@vps" }, { url: "https://vps", user: "grace" }],
])("two servers %s are never taken for one another", (_name, one, other) => {
  const kept = openKeptAnswers(directory);
  const [first, second] = [targetOf(one), targetOf(other)];
  kept.write(first, { text: "CANARY", etag: '"1"', seenAt: NOW, checkedAt: NOW });
  expect(kept.read(second)).toBeNull();
  expect(kept.read(first)?.text).toBe("CANARY");
  const [file = ""] = readdirSync(join(directory, "remotes"));
  expect(statSync(join(directory, "remotes", file)).mode & 0o777).toBe(0o600);
});

test.each([
  ["ssh://ada@vps:2201", "vps", "ssh://ada@vps:2201"],
  ["ssh://[fe80::1]:2201", "fe80::1", "ssh://[fe80::1]:2201"],
  ["https://[fe80::1]:10884", "fe80::1", "https://[fe80::1]:10884"],
  ["https://ada:CANARY@vps/below/", "vps", "https://vps/below"],
])("%s is shown with all that tells it from others, and no password", (url, name, shown) => {
  expect(targetOf({ url })).toMatchObject({ name, shown });
});

test("what is kept goes when nobody asked for a month, and neither before nor where the config names it", () => {
  const kept = openKeptAnswers(directory);
  const [gone, others, ours] = [
    targetOf({ url: "https://gone" }),
    targetOf({ url: "https://others" }),
    targetOf({ url: "https://ours" }),
  ];
  for (const target of [gone, others, ours]) {
    kept.write(target, { text: target.name, etag: null, seenAt: NOW, checkedAt: NOW });
    for (const file of listFiles()) utimesSync(file, NOW, NOW);
  }
  const days = (count: number): Date => inHours(24 * count);
  const left = () => [gone, others, ours].filter((target) => kept.read(target) !== null).map(({ name }) => name);
  // Another config asks it still, whether or not it answers.
  kept.touch(others, days(20));
  kept.sweep([ours], days(29));
  expect(left()).toEqual(["gone", "others", "ours"]);
  kept.sweep([ours], days(31));
  expect(left()).toEqual(["others", "ours"]);
  kept.sweep([ours], days(51));
  expect(left()).toEqual(["ours"]);
});

test.each([
  ["is a FIFO", (file: string) => execFileSync("mkfifo", [file])],
  ["never ends", (file: string) => symlinkSync("/dev/full", file)],
])("a kept answer that %s is none, and is replaced", (_name, make) => {
  const [kept, target] = [openKeptAnswers(directory), targetOf({ url: "https://vps" })];
  const answer = { text: "CANARY", etag: null, seenAt: NOW, checkedAt: NOW };
  kept.write(target, answer);
  const [file = ""] = listFiles();
  rmSync(file);
  make(file);
  expect(kept.read(target)).toBeNull();
  kept.write(target, answer);
  expect(kept.read(target)).toEqual(answer);
});

test("where nothing can be tidied up, nothing is said", () => {
  const kept = openKeptAnswers(join(directory, "nowhere"));
  kept.touch(targetOf({ url: "https://vps" }), NOW);
  kept.sweep([], NOW);
  expect(existsSync(join(directory, "nowhere"))).toBe(false);
});

function listFiles(): readonly string[] {
  return readdirSync(join(directory, "remotes")).map((name) => join(directory, "remotes", name));
}

function targetOf(given: Partial<RemoteConfig>): RemoteTarget {
  const [target] = toTargets([{ ...DEFAULT_REMOTE, url: "", ...given }]);
  if (target === undefined) throw new Error("expected a target");
  return target;
}
