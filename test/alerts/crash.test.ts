import { describe, expect, it } from "vitest";
import { countFacts } from "../../scripts/chaos/count.ts";
import { runFullDisk } from "../../scripts/chaos/disk-scenario.ts";
import { runKillsAtBoundaries, runKillsBeforeAnswer, runRandomKills } from "../../scripts/chaos/kill-scenarios.ts";
import {
  runBusyRelay,
  runDroppedConnections,
  runRelayDown,
  runRelayScenario,
} from "../../scripts/chaos/relay-scenarios.ts";
import { runSideBySide } from "../../scripts/chaos/share-scenario.ts";

/* A short `npm run chaos`. */

const MINUTES = 120_000;

describe("nothing is lost", () => {
  it.each([
    ["the relay is down", () => runRelayDown(10), { raised: 45, duplicated: 0 }],
    ["the relay asks to wait", () => runBusyRelay(12), { raised: 36, duplicated: 0 }],
    ["connections are dropped", () => runDroppedConnections(12), { raised: 36 }],
    ["the disk is full, and the process is killed on it", () => runFullDisk("restart"), { overtaken: 0, raised: 21 }],
    ["the disk is full, and what was kept for that too", () => runFullDisk("no reserve"), { overtaken: 0, raised: 21 }],
    ["four processes share the file", () => runSideBySide(4, 5), { overtaken: 0, raised: 15, duplicated: 0 }],
    ["the process is killed before the relay answers", () => runKillsBeforeAnswer(2, 2), { overtaken: 0, raised: 12 }],
    ["the process is killed at random", () => runRandomKills(2, 6, Math.random), { overtaken: 0, raised: 36 }],
    [
      "the process is killed at each kind of boundary",
      () => runKillsAtBoundaries(2, "first-of-each-name"),
      { overtaken: 0 },
    ],
  ] as const)(
    "while %s",
    async (_, run, expected) => {
      const count = await run();
      expect(count).toMatchObject({ ...expected, lost: 0, delivered: count.raised - count.overtaken });
    },
    MINUTES,
  );
});

describe("the count", () => {
  it("knows what is lost and what comes twice", () => {
    const received = ["agent-0 firing warning", "agent-0 firing warning", "agent-0 resolved critical"];
    expect(countFacts("two", 1, received)).toEqual({
      scenario: "two",
      raised: 3,
      delivered: 2,
      overtaken: 0,
      duplicated: 1,
      lost: 1,
    });
  });

  it("knows what nobody needs to hear after something graver, and only that", () => {
    const count = (received: readonly string[]) => countFacts("one", 1, received);
    expect(count(["agent-0 firing critical"])).toMatchObject({ delivered: 1, overtaken: 1, lost: 1 });
    expect(count(["agent-0 firing warning", "agent-0 resolved critical"])).toMatchObject({ overtaken: 0, lost: 1 });
  });

  it("sees what a relay swallows", async () => {
    const swallow = (minute: number) => (minute === 1 ? "swallow" : "accept");
    expect((await runRelayScenario("swallowed", { agents: 3, treat: swallow })).lost).toBeGreaterThan(0);
  });
});
