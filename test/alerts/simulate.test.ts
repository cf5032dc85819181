import { expect, test } from "vitest";
import { DEFAULT_ALERT_POLICY } from "../../src/alerts/policy.ts";
import { type Foretold, simulate } from "../../src/alerts/simulate.ts";
import type { HostReading } from "../../src/discovery/installation.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import { credential, judged } from "../judge/reading-builder.ts";
import { channel } from "./conditions-builder.ts";
import { after, DAY, HOUR, MINUTE, play, START } from "./timeline.ts";
import { ops, see, shutOut, token, unreadable } from "./worlds.ts";

const CHANNELS = [
  channel({ minSeverity: "warning" }),
  channel({ name: "day", quietHours: { from: "21:30", to: "07:15", timezone: "Europe/Berlin" } }),
  channel({ name: "eve", evening: { at: "20:00", until: "08:00", timezone: "Europe/Berlin" } }),
  channel({ name: "am", refreshEveryMs: 7 * HOUR }),
];

const READINGS: readonly (readonly [string, HostReading])[] = [
  ["a token that ends after 40 hours", ops([token(40 * HOUR)])],
  ["a token that ended", ops([token(-HOUR)])],
  ["a lock that ends", ops([credential()], shutOut("disabled", 15 * HOUR, "billing"))],
  ["a cooldown that lasts", ops([credential()], shutOut("cooldown", 50 * MINUTE, "rate_limit"))],
  ["a store that cannot be read", unreadable([token(20 * HOUR)], -5 * MINUTE)],
  ["nothing", ops([credential()])],
];

async function collect(foretold: AsyncIterable<Foretold>): Promise<readonly Foretold[]> {
  const all: Foretold[] = [];
  for await (const one of foretold) all.push(one);
  return all;
}

function lookAt(reading: HostReading): (at: Date) => Snapshot {
  const { observed } = judged(reading, { now: START });
  const since = Object.fromEntries([...observed].map((key) => [key, START]));
  return (at) => judged(reading, { now: at, since }).snapshot;
}

/** Who is told of what and why, by minutes; cycles group what jumps tell a millisecond apart. */
function itemsOf(
  messages: readonly (Foretold | { readonly now: Date; readonly notification: Foretold["notification"] })[],
) {
  return messages
    .flatMap((one) => {
      const at = "at" in one ? one.at : one.now;
      const minute = Math.ceil((at.getTime() - START.getTime()) / MINUTE);
      return one.notification.items.map(
        (item) => `${one.notification.channel} ${item.condition.key} ${minute} ${item.because}`,
      );
    })
    .toSorted();
}

test.each(READINGS)("foretells what cycles a minute apart would tell: %s", async (_name, reading) => {
  const lastMs = 50 * HOUR;
  const jumped = await collect(
    simulate({
      look: lookAt(reading),
      policy: DEFAULT_ALERT_POLICY,
      channels: CHANNELS,
      from: START,
      to: after(lastMs),
    }),
  );
  const { messages } = play({ events: [[0, see(reading)]], lastMs, everyMs: MINUTE, channels: CHANNELS });
  expect(itemsOf(jumped)).toEqual(itemsOf(messages));
});

test("jumps to a reminder that comes before anything is judged differently", async () => {
  const policy = { ...DEFAULT_ALERT_POLICY, remindAtMs: [7 * DAY, DAY] };
  const look = lookAt(ops([token(20 * DAY)]));
  const foretold = await collect(simulate({ look, policy, channels: CHANNELS, from: START, to: after(19 * DAY) }));
  expect(foretold.map(({ at }) => at)[0]).toEqual(after(13 * DAY));
});

test("looks only when something can change", async () => {
  let looks = 0;
  const look = (at: Date): Snapshot => {
    looks++;
    return lookAt(ops([token(29 * DAY)]))(at);
  };
  const foretold = await collect(
    simulate({
      look,
      policy: DEFAULT_ALERT_POLICY,
      channels: [channel({ minSeverity: "warning" })],
      from: START,
      to: after(30 * DAY),
    }),
  );
  expect(foretold.length).toBeGreaterThan(5);
  expect(looks).toBeLessThan(40);
});
