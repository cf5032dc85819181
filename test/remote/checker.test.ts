import { describe, expect, test } from "vitest";
import type { Checker } from "../../src/check.ts";
import { checkCode } from "../../src/exit-code.ts";
import { DEFAULT_QUESTION, type Finding, findFindings } from "../../src/findings.ts";
import { renderDoctor } from "../../src/format/doctor.ts";
import { renderStatus } from "../../src/format/status.ts";
import { createPaint } from "../../src/format/terminal.ts";
import { describeFinding } from "../../src/format/words.ts";
import { problem } from "../../src/problem.ts";
import type { RemoteAnswer } from "../../src/remote/answer.ts";
import { createRemoteChecker } from "../../src/remote/checker.ts";
import { type Host, openHost } from "../../src/remote/host.ts";
import { DEFAULT_REMOTE, type RemoteTarget, toTargets } from "../../src/remote/target.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import { describeAgents } from "../../src/termux/agent-lines.ts";
import { renderPage } from "../../src/web/page.ts";
import { buildAgent, buildInstallation, buildSnapshot, buildStore, inHours, NOW } from "../snapshot-builder.ts";
import { NOTHING_KEPT, POLICY, documentOf, keeping, look, openVps } from "./vps.ts";

describe("the clock of a remote", () => {
  test.each([
    ["shows what ours shows", inHours(-0.25), NOW, null, -0.25],
    ["is three hours slow: it looks all the same", inHours(-3.25), inHours(-3), null, -0.25],
    ["is a day fast: that it has not looked for two hours is seen", inHours(22), inHours(24), "outdated", -2],
    ["is not known: it is taken for ours", inHours(-2), null, "outdated", -2],
    ["tells of a time to come: it looked at the latest when it answered", inHours(1), NOW, null, 0],
    ["tells of no time that there is", new Date(8.64e15), new Date(0), null, 0],
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

describe("a path of a remote", () => {
  const path = "/home/pat/.openclaw/agents/main/agent/auth-profiles.json";
  const broken = problem("bad_json", path, `${path} is not JSON, or was cut off`);

  test("names its host, once", async () => {
    const agent = buildAgent({ canAnswer: null, verdict: "warning", reason: "bad_json", message: broken.message });
    const stores = [buildStore({ path, isUp: false, problems: [broken] })];
    const found = buildSnapshot({ installations: [buildInstallation({ stores, agents: [agent] })] });
    const snapshot = await look(documentOf(found));
    const message = `vps:${path} is not JSON, or was cut off`;
    expect(snapshot.installations[0]?.stores[0]?.problems).toEqual([{ ...broken, path: `vps:${path}`, message }]);
    expect(snapshot.installations[0]?.agents[0]?.message).toBe(message);
    const [finding] = findFindings(snapshot, DEFAULT_QUESTION);
    expect(describeFinding(finding as Finding, NOW)).toMatchObject({ where: "vps-openclaw/main", detail: message });
    expect(describeAgents(snapshot)[0]?.text).toBe("? main: auth-profiles.json is not JSON, or was cut off");
  });

  test("stands before what is said of it otherwise", async () => {
    const { problems } = await look(documentOf(buildSnapshot({ problems: [problem("not_found", "", "no home")] })));
    expect(problems).toEqual([{ reason: "not_found", path: "", message: "vps: no home", count: 1 }]);
  });
});

describe("a host on which nothing is installed", () => {
  const nothing = buildSnapshot({ installations: [], searched: ["/home/pat/.openclaw"] });
  const there = "On vps: set up an agent there, or name its home in `discovery.homes` of the config there";
  const here = "Name one with --state-dir or its home with --home";
  const RENDERERS = [
    (snapshot: Snapshot) => renderStatus(snapshot, { width: 1_000, paint: createPaint(false) }),
    (snapshot: Snapshot) =>
      renderDoctor({ snapshot, own: [], titleOf: (format) => format }, { width: 1_000, paint: createPaint(false) }),
    (snapshot: Snapshot) => {
      const [finding] = findFindings(snapshot, DEFAULT_QUESTION);
      return describeFinding(finding as Finding, NOW).detail;
    },
  ];

  test.each(RENDERERS)("is mended there, for our options do not concern it (%#)", async (render) => {
    const text = render(await look(documentOf(nothing)));
    expect(text).toContain(`installation found`);
    expect(text).toContain(there);
    expect(text).not.toContain("--home");
  });

  test.each(RENDERERS)("is mended there or here where this host was looked at too (%#)", async (render) => {
    const local: Checker = { check: async () => nothing };
    expect(render(await look(documentOf(nothing), local))).toContain(`${here}. ${there}`);
  });

  test("is mended there also when it does not answer any more", async () => {
    const host = openVps(
      async () => ({ kind: "unreachable", detail: "no answer" }),
      keeping({ text: documentOf(nothing).text }),
    );
    const snapshot = await createRemoteChecker({ ...POLICY, by: "ask", local: null, hosts: [host] }).check(NOW);
    const text = renderStatus(snapshot, { width: 1_000, paint: createPaint(false) });
    expect(text).toContain(there);
    expect(text).not.toContain("--home");
  });

  test("is mended there, says the page", async () => {
    const state = { lastCheckAt: NOW, nextCheckAt: null, overdueAt: null, isDemo: false };
    const options = { now: NOW, emails: "masked", telemetryPath: "/metrics" } as const;
    const render = (snapshot: Snapshot): string => renderPage({ ...state, snapshot }, options);
    const page = render(await look(documentOf(nothing)));
    expect(page).toContain(there.replaceAll(/`(.*?)`/g, "<code>$1</code>"));
    expect(page).not.toContain("--home");
    expect(render(nothing)).toContain("Name one with <code>--state-dir</code> or its home with <code>--home</code>");
  });
});

test.each([
  ["its own", [{ name: "vps", url: "https://a" }, { url: "https://vps" }], ["vps", "vps-2"]],
  ["its own, also after another", [{ url: "https://vps" }, { name: "vps", url: "https://a" }], ["vps-2", "vps"]],
  ["that of its host", [{ url: "https://vps" }, { url: "ssh://vps" }], ["vps", "vps-2"]],
  [
    "a number that nobody has",
    [{ url: "https://vps" }, { url: "ssh://vps" }, { name: "vps-2", url: "https://c" }],
    ["vps", "vps-3", "vps-2"],
  ],
])("a remote has %s name", (_name, remotes, expected) => {
  expect(toTargets(remotes.map((one) => ({ ...DEFAULT_REMOTE, ...one }))).map(({ name }) => name)).toEqual(expected);
});

test("what did not change is the same object: nothing has to be written anew", async () => {
  const [here, there] = [buildSnapshot(), documentOf(buildSnapshot({ problems: [problem("bad_json", "/x", "x")] }))];
  const local: Checker = { check: async () => here };
  const hosts = [openVps(async () => ({ ...there }))];
  const checker = createRemoteChecker({ ...POLICY, by: "ask", local, hosts });
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
  const [target] = toTargets([{ ...DEFAULT_REMOTE, ...given }]);
  const host = openHost(target as RemoteTarget, {
    ask: async () => documentOf(buildSnapshot()),
    kept: NOTHING_KEPT,
    warn: (text) => told.push(text),
  });
  await host.ask(() => NOW);
  await host.ask(() => NOW);
  const warning = expect.stringMatching(/^[^C]*: its credentials can be read by everybody on the way; use https/);
  expect(told).toEqual(isOpen ? [warning] : []);
});

describe("by the last answer", () => {
  const here: Checker = { check: async () => buildSnapshot() };
  const follow = (host: Host) => createRemoteChecker({ ...POLICY, by: "last", local: here, hosts: [host] });

  test("nothing is said of a host that had no time to answer, also where its last answer is kept", async () => {
    const { promise, resolve } = Promise.withResolvers<RemoteAnswer>();
    const host = openVps(async () => promise, keeping({ seenAt: inHours(-3) }));
    const checker = follow(host);
    const asked = host.ask(() => inHours(0.01));
    const before = await checker.check(NOW);
    expect(before.installations.map(({ id }) => id)).toEqual(["openclaw"]);
    expect(before.remotes).toMatchObject([{ isUp: null, lastSeenAt: inHours(-3), verdict: "ok" }]);
    expect(before.problems).toMatchObject([
      { reason: "pending", message: expect.stringMatching(/yet; last seen 3h ago$/) },
    ]);
    expect(checkCode(before)).toBe(3);
    resolve(documentOf(buildSnapshot({ generatedAt: NOW })));
    expect(await asked).toBe(true);
    const after = await checker.check(inHours(0.1));
    expect(after.installations.map(({ id }) => id)).toEqual(["openclaw", "vps-openclaw"]);
    expect(after.remotes).toMatchObject([{ isUp: true, askedAt: inHours(0.01), lastSeenAt: inHours(0.01) }]);
  });

  /** It answers once; what it is asked after that stays open. */
  async function answerOnce() {
    const { promise, resolve } = Promise.withResolvers<RemoteAnswer>();
    let questions = 0;
    const host = openVps(async () => (++questions === 1 ? documentOf(buildSnapshot()) : promise));
    await host.ask(() => NOW);
    return { host, answer: resolve, questions: () => questions };
  }

  test("a host that is asked again is as it was until it answers, and asked once at a time", async () => {
    const { host, answer, questions } = await answerOnce();
    const asked = [host.ask(() => inHours(0.9)), host.ask(() => inHours(0.9))];
    const { remotes, problems } = await follow(host).check(inHours(0.9));
    expect([remotes[0]?.isUp, problems]).toEqual([true, []]);
    answer({ kind: "unreachable", detail: "no answer within 20 s" });
    await Promise.all(asked);
    expect(questions()).toBe(2);
    const after = await follow(host).check(inHours(2));
    expect(after.remotes).toMatchObject([{ isUp: false, lastSeenAt: NOW, verdict: "critical" }]);
  });

  test("that we did not ask for hours is not its fault", async () => {
    const { host } = await answerOnce();
    const { remotes, problems } = await follow(host).check(inHours(3));
    expect([remotes[0]?.isUp, problems]).toEqual([true, []]);
  });

  test("after hours in which we slept nobody knows how it is until it answers", async () => {
    const { host, answer } = await answerOnce();
    const asked = host.ask(() => inHours(3));
    const { remotes, problems, installations } = await follow(host).check(inHours(3));
    expect(remotes).toMatchObject([{ isUp: null, verdict: "ok", lastSeenAt: NOW }]);
    expect(problems).toMatchObject([{ reason: "pending", message: expect.stringMatching(/yet; last seen 3h ago$/) }]);
    expect(installations[1]?.agents).toMatchObject([{ canAnswer: null, verdict: "info", reason: "pending" }]);
    answer(documentOf(buildSnapshot({ generatedAt: inHours(3), at: inHours(3) })));
    await asked;
    expect((await follow(host).check(inHours(3))).remotes).toMatchObject([{ isUp: true, problem: null }]);
  });

  test("what comes after it was given up changes nothing", async () => {
    const { promise, resolve } = Promise.withResolvers<RemoteAnswer>();
    const host = openVps(async () => promise);
    const asked = host.ask(() => NOW);
    host.close();
    resolve({ kind: "unreachable", detail: "given up" });
    expect(await asked).toBe(false);
    expect((await follow(host).check(NOW)).remotes[0]?.isUp).toBeNull();
  });
});

test.each([
  ["a moment ahead of this check", inHours(0.001), "last seen 0s ago", "warning"],
  [
    "of a clock that was set back since",
    inHours(5),
    "last seen at 2026-09-21 19:13 UTC, before our clock was set back",
    "critical",
  ],
])("an answer %s", async (_name, seenAt, said, verdict) => {
  const host = openVps(async () => ({ kind: "unreachable", detail: "no answer" }), keeping({ seenAt }));
  const { remotes } = await createRemoteChecker({ ...POLICY, by: "ask", local: null, hosts: [host] }).check(NOW);
  expect(remotes).toMatchObject([{ verdict, problem: { message: expect.stringContaining(`no answer; ${said}`) } }]);
  expect(remotes[0]?.lasting).toMatch(/ is not known: no answer$/);
});

test.each([
  ["status", (snapshot: Snapshot) => renderStatus(snapshot, { width: 40, paint: createPaint(false) })],
  [
    "doctor",
    (snapshot: Snapshot) =>
      renderDoctor({ snapshot, own: [], titleOf: (format) => format }, { width: 40, paint: createPaint(false) }),
  ],
  [
    "the page",
    (snapshot: Snapshot) => {
      const state = { snapshot, lastCheckAt: NOW, nextCheckAt: null, overdueAt: null, isDemo: false };
      return renderPage(state, { now: NOW, emails: "masked", telemetryPath: "/metrics" });
    },
  ],
])("%s says once why nothing is known of a host, whatever is on it", async (_name, render) => {
  const broken = problem("config_invalid", "/home/pat/.openclaw/openclaw.json", "it is not JSON");
  const installations = [buildInstallation({ problems: [broken] }), buildInstallation({ id: "openclaw-dev" })];
  const { text } = documentOf(buildSnapshot({ installations }));
  const host = openVps(async () => ({ kind: "unreachable", detail: "no answer" }), keeping({ text }));
  const shown = render(await createRemoteChecker({ ...POLICY, by: "ask", local: null, hosts: [host] }).check(NOW));
  expect(shown).toContain("vps-openclaw-dev");
  expect(shown.match(/no\s+answer/g)).toHaveLength(1);
  expect(shown).toContain("config_invalid");
});

describe("a proxy that takes out when a host looked last", () => {
  const text = documentOf(buildSnapshot()).text;
  const whole: RemoteAnswer = { kind: "document", text, etag: '"a"', checkedAt: null, clockAt: inHours(3) };

  test("makes it no host that does not look: the document is asked for in full", async () => {
    const tags: (string | null)[] = [];
    const host = openVps(
      async (_target, { etag }) => {
        tags.push(etag);
        const fresh = documentOf(buildSnapshot({ generatedAt: inHours(3) }));
        return etag === null
          ? { ...fresh, etag: '"a"', clockAt: inHours(3) }
          : { kind: "unchanged", checkedAt: null, clockAt: inHours(3) };
      },
      keeping({ etag: '"a"', checkedAt: inHours(-1) }),
    );
    const checker = createRemoteChecker({ ...POLICY, by: "ask", local: null, hosts: [host] });
    const { remotes } = await checker.check(inHours(3));
    expect(remotes).toMatchObject([{ isUp: true, problem: null, lastCheckAt: inHours(3) }]);
    await checker.check(inHours(3));
    expect(tags).toEqual(['"a"', null, null]);
  });

  test("does not hide one that really does not look", async () => {
    const host = openVps(async () => whole);
    const { remotes } = await createRemoteChecker({ ...POLICY, by: "ask", local: null, hosts: [host] }).check(
      inHours(3),
    );
    expect(remotes).toMatchObject([{ isUp: true, problem: { reason: "outdated" } }]);
    expect(remotes[0]?.lasting).toMatch(/ answers, but has not checked for long; look at /);
  });
});
