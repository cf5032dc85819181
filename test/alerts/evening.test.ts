import { describe, expect, test } from "vitest";
import { channel, condition } from "./conditions-builder.ts";
import { after, HOUR, MINUTE, play, type Timeline } from "./timeline.ts";
import { hold, set } from "./worlds.ts";

/** The start is 13:00 in Berlin: the evening comes after 7 hours, the morning after 19. */
const evening = { at: "20:00", until: "08:00", timezone: "Europe/Berlin" };
const channels = [channel({ evening })];
const ending = condition({ expiresAt: after(18 * HOUR) });
const silence = { id: "s1", matchers: { agent: "ops" }, startsAt: after(0), endsAt: after(9 * HOUR), comment: "" };

const MISSED: readonly (Omit<Timeline, "lastMs"> & { readonly name: string; readonly late: string })[] = [
  {
    name: "its store could not be read at that hour",
    events: [
      [6 * HOUR, hold([], [ending.key])],
      [8 * HOUR, hold([ending])],
    ],
    late: "8h",
  },
  { name: "a silence covered it at that hour", events: [[6 * HOUR, set({ silences: [silence] })]], late: "9h" },
  {
    name: "nobody was running at that hour",
    events: [],
    everyMs: 10 * HOUR,
    late: "10h",
  },
  {
    name: "its end came closer afterwards",
    events: [
      [0, hold([{ ...ending, expiresAt: after(23 * HOUR) }])],
      [8 * HOUR, hold([ending])],
    ],
    late: "8h",
  },
];

describe("what could not be told with the digest of the evening", () => {
  test.each(MISSED)("is told once as soon as it can: $name", ({ name: _name, late, ...timeline }) => {
    for (const restarts of [false, true]) {
      const { lines } = play({
        policy: { remindAtMs: [] },
        channels,
        ...timeline,
        events: [[0, hold([ending])], ...timeline.events],
        lastMs: 17 * HOUR,
        restarts,
      });
      expect(lines).toEqual(["0s mail: first warning expiring", `${late} mail: evening warning expiring`]);
    }
  });

  test.each([
    ["waits for the end of quiet hours that began meanwhile", "21:00", []],
    ["is told in quiet hours in which the digest was asked for", "19:00", ["8h 30m mail: evening warning expiring"]],
  ])("%s", (_name, from, late) => {
    const { lines } = play({
      channels: [channel({ evening, quietHours: { from, to: "09:00", timezone: "Europe/Berlin" } })],
      policy: { remindAtMs: [] },
      events: [
        [0, hold([ending])],
        [6 * HOUR, hold([], [ending.key])],
        [8 * HOUR + 30 * MINUTE, hold([ending])],
      ],
      lastMs: 17 * HOUR,
    });
    expect(lines).toEqual(["0s mail: first warning expiring", ...late]);
  });

  test("is not told again when something else was said of it since", () => {
    const { lines } = play({
      channels,
      policy: { remindAtMs: [10 * HOUR] },
      events: [
        [0, hold([ending])],
        [6 * HOUR, set({ silences: [{ ...silence, endsAt: after(8 * HOUR) }] })],
      ],
      lastMs: 17 * HOUR,
    });
    expect(lines).toEqual(["0s mail: first warning expiring", "8h mail: reminder warning expiring"]);
  });
});
