import { expect, test } from "vitest";
import { createChecker } from "../src/check.ts";
import type { HostReading } from "../src/discovery/installation.ts";
import { DEFAULT_POLICY } from "../src/policy.ts";
import { problem } from "../src/problem.ts";
import {
  agent,
  credential,
  DAY,
  expiresIn,
  HOUR,
  host,
  inMs,
  installation,
  MINUTE,
  NOW,
  single,
  state,
  store,
  usage,
} from "./judge/reading-builder.ts";

/** Readings one after the other, and what is remembered between them. */
function checkerOver(readings: readonly HostReading[], remembered = new Map<string, Date>()) {
  let next = 0;
  const memory = {
    since: (key: string) => remembered.get(key) ?? null,
    observe: (key: string, now: Date) => {
      if (!remembered.has(key)) remembered.set(key, now);
      return remembered.get(key) ?? now;
    },
    forgetWhere: (isGone: (key: string) => boolean) => {
      for (const key of remembered.keys()) if (isGone(key)) remembered.delete(key);
    },
    save: () => undefined,
    warn: () => undefined,
    warnings: [],
  };
  const read = (): HostReading => readings[Math.min(next++, readings.length - 1)] ?? host();
  return {
    checker: createChecker({
      host: { prepare: async () => undefined, read },
      memory,
      policy: DEFAULT_POLICY,
      home: "/home/pat",
    }),
    remembered,
  };
}

const expiring = single([credential({ expiry: expiresIn(DAY + HOUR) })]);

test("unchanged readings are judged again only once time changes something", async () => {
  const { checker } = checkerOver([expiring]);
  const first = await checker.check(NOW);
  expect((await checker.check(inMs(MINUTE))).installations).toBe(first.installations);
  expect((await checker.check(inMs(HOUR - 1))).installations).toBe(first.installations);
  const later = await checker.check(inMs(HOUR));
  expect(later.installations).not.toBe(first.installations);
  expect(later.installations[0]?.profiles[0]?.status).toBe("expiring");
});

test("a store that stays unreadable turns critical, though nothing else happens", async () => {
  const problems = [problem("bad_json", "/x", "not JSON")];
  const broken = store({ isUp: false, isStale: true, credentials: [credential()], problems });
  const { checker } = checkerOver([host(installation({ agents: [agent({ ownStore: broken })] }))]);
  const verdictAt = async (now: Date) => (await checker.check(now)).installations[0]?.agents[0]?.verdict;
  expect(await verdictAt(NOW)).toBe("warning");
  expect(await verdictAt(inMs(DEFAULT_POLICY.staleAfterMs))).toBe("warning");
  expect(await verdictAt(inMs(DEFAULT_POLICY.staleAfterMs + 1))).toBe("critical");
});

test("a clock that went back is believed", async () => {
  const { checker } = checkerOver([expiring]);
  expect((await checker.check(inMs(HOUR))).installations[0]?.profiles[0]?.status).toBe("expiring");
  expect((await checker.check(NOW)).installations[0]?.profiles[0]?.status).toBe("ok");
});

test("a changed reading is judged at once", async () => {
  const { checker } = checkerOver([expiring, { ...single([credential({ secret: "absent" })]), revision: 2 }]);
  await checker.check(NOW);
  expect((await checker.check(inMs(1))).installations[0]?.profiles[0]?.status).toBe("missing");
});

test("another instant can be asked for without being remembered", async () => {
  const { checker, remembered } = checkerOver([single([credential({ type: "oauth", fence: "pending" })])]);
  const later = await checker.check(NOW, inMs(HOUR));
  expect([later.generatedAt, later.at]).toEqual([NOW, inMs(HOUR)]);
  expect(remembered.size).toBe(0);
});

const cooling = state({
  usage: new Map([["anthropic:manual", usage({ cooldown: { until: inMs(DAY), reason: "timeout", model: null } })]]),
});

test("what is over is forgotten, what could not be looked at is not", async () => {
  const broken = host(
    installation({
      agents: [agent({ ownStore: store({ isUp: false, readAt: null, problems: [problem("bad_json", "/x", "")] }) })],
    }),
  );
  const { checker, remembered } = checkerOver([
    single([credential()], {}, cooling),
    { ...broken, revision: 2 },
    { ...single([credential()], {}, cooling), revision: 3 },
    { ...single([credential()]), revision: 4 },
  ]);
  const key = "unusable:/home/pat/.openclaw|main/anthropic:manual";
  await checker.check(NOW);
  expect(remembered.get(key)).toEqual(NOW);
  await checker.check(inMs(1));
  expect(remembered.get(key)).toEqual(NOW);
  await checker.check(inMs(2));
  expect([...remembered]).toEqual([[key, NOW]]);
  await checker.check(inMs(3));
  expect(remembered.size).toBe(0);
});

test("the ages of tokens outlive a check that does not ask for them", async () => {
  const key = "token:/home/pat/.openclaw|abc";
  const { checker, remembered } = checkerOver([single([credential()])], new Map([[key, inMs(-DAY)]]));
  await checker.check(NOW);
  expect([...remembered.keys()]).toEqual([key]);
});

test("an installation that was not searched keeps what is known of it", async () => {
  const { checker, remembered } = checkerOver(
    [single([credential()])],
    new Map([["token:/home/pat/.clawdbot|abc", inMs(-DAY)]]),
  );
  await checker.check(NOW);
  expect([...remembered.keys()]).toEqual(["token:/home/pat/.clawdbot|abc"]);
});

test("homes that are checked one after the other keep their memories apart", async () => {
  const remembered = new Map<string, Date>();
  const broken = store({ isUp: false, readAt: null, problems: [problem("bad_json", "/x", "")] });
  const pat = host(installation({ agents: [agent({ ownStore: broken })] }));
  const sam = host(installation({ stateDir: "/home/sam/.openclaw", agents: [agent({ ownStore: store() })] }));
  for (const reading of [pat, sam]) await checkerOver([reading], remembered).checker.check(NOW);
  expect([...remembered.keys()]).toEqual(["unreadable:/home/pat/.openclaw|main"]);
});
