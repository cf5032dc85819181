import { describe, expect, test } from "vitest";
import { DEFAULT_ALERT_POLICY } from "../../src/alerts/policy.ts";
import { simulate } from "../../src/alerts/simulate.ts";
import type { Checker } from "../../src/check.ts";
import { DEFAULT_QUESTION, findFindings } from "../../src/findings.ts";
import { renderSnapshotJson } from "../../src/format/json.ts";
import { renderNagios } from "../../src/format/nagios.ts";
import { renderStatus } from "../../src/format/status.ts";
import { createPaint } from "../../src/format/terminal.ts";
import { createRemoteChecker } from "../../src/remote/checker.ts";
import type { Ask } from "../../src/remote/host.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import { channel } from "../alerts/conditions-builder.ts";
import { renderPage } from "../../src/web/page.ts";
import {
  buildAgent,
  buildInstallation,
  buildProfile,
  buildProvider,
  buildSnapshot,
  inHours,
  NOW,
  toEffective,
} from "../snapshot-builder.ts";
import { NOTHING_KEPT, POLICY, documentOf, keeping, openVps } from "./vps.ts";

describe("credentials on a host that does not answer", () => {
  const profiles = [
    buildProfile({ expiresAt: inHours(2_000) }),
    buildProfile({ profileId: "anthropic:old", status: "expired", verdict: "critical", expiresAt: inHours(-2) }),
  ];
  const key = { kind: "env", provider: "anthropic", detail: "ANTHROPIC_API_KEY" } as const;
  const provider = buildProvider({ total: 2, otherCredentials: [key] });
  const agents = [buildAgent({ profiles: profiles.map(toEffective), providers: [provider] })];
  const lookAway = async (): Promise<Snapshot> => {
    const { text } = documentOf(buildSnapshot({ installations: [buildInstallation({ profiles, agents })] }));
    const host = openVps(async () => ({ kind: "unreachable", detail: "no answer" }), keeping({ text }));
    return createRemoteChecker({ ...POLICY, by: "ask", local: null, hosts: [host] }).check(NOW);
  };

  test.each([
    [
      200,
      [
        /^ +\? anthropic +anthropic:default +token +was ok +in 83d 8h +stale$/m,
        /^ +\? +anthropic:old +token +was expired +2h ago +stale$/m,
        /^ +\? +ANTHROPIC_API_KEY +environment +stale$/m,
      ],
    ],
    [40, [/^ +\? anthropic:default\n +token · was ok in 83d 8h · stale$/m, /^ +\? ANTHROPIC_API_KEY$/m]],
  ])("are marked by status at %i columns, and counted apart", async (width, expected) => {
    const shown = renderStatus(await lookAway(), { width, paint: createPaint(false) });
    for (const line of expected) expect(shown).toMatch(line);
    expect(shown).not.toContain("✓");
    expect(shown).toMatch(/^2 profiles: 2 stale · 1 agent: 0 can\s+answer · 1 unknown$/m);
  });

  test("are called stale on the page, and nothing there is ok", async () => {
    const state = { snapshot: await lookAway(), lastCheckAt: NOW, nextCheckAt: null, overdueAt: null, isDemo: false };
    const page = renderPage(state, { now: NOW, emails: "masked", telemetryPath: "/metrics" });
    expect(page.match(/<td data-label="Status">[^<]*<\/td>/g)).toEqual([
      '<td data-label="Status">was expired</td>',
      '<td data-label="Status">was ok</td>',
    ]);
    expect(page.match(/<span class="unknown">stale<\/span>/g)).toHaveLength(2);
    expect(page).not.toContain('class="ok"');
  });

  test("are no profiles that are ok in the figures for Nagios and in JSON", async () => {
    const snapshot = await lookAway();
    const report = { snapshot, question: DEFAULT_QUESTION, findings: findFindings(snapshot, DEFAULT_QUESTION) };
    expect(renderNagios({ ...report, exitCode: 3 })).toContain("'ok'=0;;;0 'expiring'=0;;;0 'expired'=0;;;0");
    expect(renderNagios({ ...report, exitCode: 3 })).toContain("'stale'=2;;;0");
    expect(JSON.parse(renderSnapshotJson(snapshot, 3)).summary).toMatchObject({ profiles: 2, stale: 2 });
  });
});

describe("what is foretold of a host that does not answer", () => {
  const openSilent = (seenAt: Date | null) => {
    let questions = 0;
    const ask: Ask = async () => {
      questions += 1;
      return { kind: "unreachable", detail: "no answer" };
    };
    const host = openVps(ask, seenAt === null ? NOTHING_KEPT : keeping({ seenAt }));
    const checker = createRemoteChecker({ ...POLICY, by: "ask", local: null, hosts: [host] });
    return { checker, countQuestions: () => questions };
  };

  test("is that it gets critical, without another question", async () => {
    const { checker, countQuestions } = openSilent(inHours(-0.5));
    const first = await checker.check(NOW);
    expect(first.validUntil).toEqual(new Date(inHours(0.5).getTime() + 1));
    const [before, after] = [inHours(0.5), first.validUntil as Date];
    expect((await checker.check(NOW, before)).remotes).toMatchObject([{ verdict: "warning" }]);
    const later = await checker.check(NOW, after);
    expect(later).toMatchObject({ at: after, validUntil: null, remotes: [{ verdict: "critical" }] });
    expect(later.installations[0]?.agents[0]).toMatchObject({ verdict: "critical", message: "vps last seen 1h ago" });
    expect(countQuestions()).toBe(1);
  });

  test("is told by simulate", async () => {
    const { checker } = openSilent(NOW);
    await checker.check(NOW);
    const look = async (at: Date) => checker.check(NOW, at);
    const channels = [channel({ name: "pager" })];
    const span = { from: inHours(0.001), to: inHours(3) };
    const told: (readonly [number, string])[] = [];
    for await (const { at, notification } of simulate({ look, policy: DEFAULT_ALERT_POLICY, channels, ...span })) {
      for (const item of notification.items) {
        told.push([Math.round((at.getTime() - NOW.getTime()) / 60_000), `${item.because} ${item.condition.severity}`]);
      }
    }
    expect(told).toEqual([
      [10, "first warning"],
      [60, "escalated critical"],
    ]);
  });

  test("is nothing where it was never seen", async () => {
    expect((await openSilent(null).checker.check(NOW)).validUntil).toBeNull();
  });
});

test("an end that another host did not judge yet is foretold as one that passed, and not as mended", async () => {
  const profiles = [buildProfile({ expiresAt: inHours(30) })];
  const { text } = documentOf(buildSnapshot({ installations: [buildInstallation({ profiles })] }));
  const hosts = [openVps(async () => ({ ...documentOf(buildSnapshot()), text }))];
  const checker = createRemoteChecker({ ...POLICY, by: "ask", local: null, hosts });
  await checker.check(NOW);
  const look = async (at: Date) => checker.check(NOW, at);
  const span = { from: inHours(0.001), to: inHours(31) };
  const why: string[] = [];
  const channels = [channel({ name: "pager" })];
  for await (const { notification } of simulate({ look, policy: DEFAULT_ALERT_POLICY, channels, ...span })) {
    why.push(...notification.items.map(({ because }) => because));
  }
  expect(why).toEqual(["first", "reminder", "reminder", "reminder"]);
});

test("what is foretold of this host and of another is what comes first", async () => {
  const silent: Ask = async () => ({ kind: "unreachable", detail: "no answer" });
  for (const hours of [0.5, 2]) {
    const local: Checker = { check: async () => buildSnapshot({ validUntil: inHours(hours) }) };
    const hosts = [openVps(silent, keeping({ seenAt: NOW }))];
    const { validUntil } = await createRemoteChecker({ ...POLICY, by: "ask", local, hosts }).check(NOW);
    expect(validUntil).toEqual(hours === 0.5 ? inHours(0.5) : new Date(inHours(1).getTime() + 1));
  }
});
