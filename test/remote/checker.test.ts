import { describe, expect, test } from "vitest";
import type { Checker } from "../../src/check.ts";
import { checkCode } from "../../src/exit-code.ts";
import { renderSnapshotJson } from "../../src/format/json.ts";
import { problem } from "../../src/problem.ts";
import type { RemoteAnswer } from "../../src/remote/answer.ts";
import { createRemoteChecker } from "../../src/remote/checker.ts";
import { DEFAULT_REMOTE, toTargets } from "../../src/remote/target.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import { buildAgent, buildInstallation, buildSnapshot, inHours, NOW } from "../snapshot-builder.ts";

const HOUR = 3_600_000;

const OPTIONS = {
  local: null,
  kept: { read: () => null, write: () => undefined },
  warnWithinMs: 24 * HOUR,
  staleAfterMs: HOUR,
  warn: (text: string) => expect.fail(text),
};

describe("the clock of a remote", () => {
  test.each([
    ["shows what ours shows", inHours(-0.25), NOW, null, -0.25],
    ["is three hours slow: it looks all the same", inHours(-3.25), inHours(-3), null, -0.25],
    ["is a day fast: that it has not looked for two hours is seen", inHours(22), inHours(24), "outdated", -2],
    ["is not known: it is taken for ours", inHours(-2), null, "outdated", -2],
  ])("%s", async (_name, checkedAt, clockAt, reason, hours) => {
    const { remotes } = await look({ ...documentOf(buildSnapshot()), checkedAt, clockAt });
    expect([remotes[0]?.problem?.reason ?? null, remotes[0]?.lastCheckAt]).toEqual([reason, inHours(hours)]);
  });

  test("does not matter where the check was made for us", async () => {
    const slow = documentOf(buildSnapshot({ generatedAt: inHours(-5), at: inHours(-5) }));
    const { remotes } = await look({ ...slow, checkedAt: null, clockAt: "with-document" });
    expect([remotes[0]?.problem, remotes[0]?.lastCheckAt]).toEqual([null, NOW]);
  });
});

test("installations that would have one id are told apart", async () => {
  const here: Checker = {
    check: async () => buildSnapshot({ installations: [buildInstallation({ id: "vps-openclaw" })] }),
  };
  const { installations } = await look(documentOf(buildSnapshot()), here);
  expect(installations.map(({ id, remote }) => [id, remote])).toEqual([
    ["vps-openclaw", undefined],
    ["vps-openclaw-2", "vps"],
  ]);
});

test("a command that a remote sends is one line, whatever is in it", async () => {
  const agent = buildAgent({ verdict: "critical", action: "true\nrm -rf ~\r\u001b[201~\u2028# openclaw" });
  const { installations } = await look(
    documentOf(buildSnapshot({ installations: [buildInstallation({ agents: [agent] })] })),
  );
  expect(installations[0]?.agents[0]?.action).toBe("true rm -rf ~  [201~ # openclaw  # on vps");
});

test("what did not change is the same object: nothing has to be written anew", async () => {
  const [here, there] = [buildSnapshot(), documentOf(buildSnapshot({ problems: [problem("bad_json", "/x", "x")] }))];
  const local: Checker = { check: async () => here };
  const targets = toTargets([{ ...DEFAULT_REMOTE, name: "vps", url: "https://vps.example.com" }]);
  const checker = createRemoteChecker({ ...OPTIONS, local, targets, ask: async () => ({ ...there }) });
  const [first, second] = [await checker.check(NOW), await checker.check(NOW)];
  expect(second.installations).toBe(first.installations);
  expect(second.problems).toBe(first.problems);
  expect(second.problems).toHaveLength(1);
});

test.each([
  ["a password over http", { url: "http://vps:10884", user: "phone", password: "CANARY" }, true],
  ["a password of the address", { url: "http://ada:CANARY@vps:10884" }, true],
  ["a token from a file", { url: "http://[fe80::1]:10884", tokenFile: "/CANARY" }, true],
  ["no credentials", { url: "http://vps:10884" }, false],
  ["a password over TLS", { url: "https://vps", user: "phone", password: "CANARY" }, false],
  ["a password that stays on this host", { url: "http://[::1]:10884", user: "phone", password: "CANARY" }, false],
])("warns once where others can read %s", async (_name, given, isOpen) => {
  const told: string[] = [];
  const checker = createRemoteChecker({
    ...OPTIONS,
    targets: toTargets([{ ...DEFAULT_REMOTE, ...given }]),
    ask: async () => documentOf(buildSnapshot()),
    warn: (text) => told.push(text),
  });
  await checker.check(NOW);
  await checker.check(NOW);
  const warning = expect.stringMatching(/^[^C]*: its credentials can be read by everybody on the way; use https/);
  expect(told).toEqual(isOpen ? [warning] : []);
});

function documentOf(snapshot: Snapshot) {
  const text = renderSnapshotJson(snapshot, checkCode(snapshot));
  return { kind: "document", text, etag: null, checkedAt: null, clockAt: null } as const;
}

async function look(answer: RemoteAnswer, local: Checker | null = null): Promise<Snapshot> {
  const targets = toTargets([{ ...DEFAULT_REMOTE, name: "vps", url: "https://vps.example.com" }]);
  return createRemoteChecker({ ...OPTIONS, local, targets, ask: async () => answer }).check(NOW);
}
