import { expect, test } from "vitest";
import { problem } from "../src/problem.ts";
import { findTransitions } from "../src/transitions.ts";
import type { Snapshot } from "../src/snapshot.ts";
import {
  agent,
  credential,
  expiresIn,
  host,
  inMs,
  installation,
  judged,
  single,
  store,
} from "./judge/reading-builder.ts";

const healthy = judged(single([credential()])).snapshot;
const expired = judged(single([credential({ expiry: expiresIn(-1) })])).snapshot;
const unreadable = judged(
  host(
    installation({
      agents: [
        agent({
          ownStore: store({
            isUp: false,
            isStale: true,
            credentials: [credential()],
            problems: [problem("bad_json", "/x", "fix it")],
          }),
        }),
      ],
    }),
  ),
).snapshot;

function told(before: Snapshot | null, after: Snapshot): readonly string[] {
  return findTransitions(before, after).map(({ level, message }) => `${level} ${message}`);
}

/** A host that was asked for the first time, and what it has. */
function withVps(isUp: boolean | null, { installations }: Snapshot = judged(host()).snapshot): Snapshot {
  const reason = isUp === null ? "pending" : "unreachable";
  const found = isUp === true ? null : problem(reason, "https://vps", "vps has not answered yet");
  const times = { askedAt: null, lastSeenAt: null, lastCheckAt: null };
  return {
    ...healthy,
    installations: installations.map((one) => ({ ...one, remote: "vps" })),
    problems: found === null ? [] : [found],
    remotes: [
      {
        name: "vps",
        address: "https://vps",
        isUp,
        ...times,
        verdict: isUp === false ? "warning" : "ok",
        problem: found,
      },
    ],
  };
}

test.each([
  { name: "nothing to tell at first when all is well", before: null, after: healthy, expected: [] },
  {
    name: "what needs attention at first",
    before: null,
    after: expired,
    expected: [
      "error agent main: critical (no_usable_credential)",
      "error profile anthropic:manual of main: expired, critical (expired)",
    ],
  },
  {
    name: "nothing when nothing changed",
    before: expired,
    after: judged(single([credential({ expiry: expiresIn(-1) })]), { now: inMs(500) }).snapshot,
    expected: [],
  },
  {
    name: "one line for each thing that changed",
    before: healthy,
    after: expired,
    expected: [
      "error agent main: ok -> critical (no_usable_credential)",
      "error profile anthropic:manual of main: static -> expired, critical (expired)",
    ],
  },
  {
    name: "the way back",
    before: expired,
    after: healthy,
    expected: [
      "info agent main: critical (no_usable_credential) -> ok",
      "info profile anthropic:manual of main: expired, critical (expired) -> static",
    ],
  },
  {
    name: "a store that cannot be read any more",
    before: healthy,
    after: unreadable,
    expected: ["warn store of main: readable -> bad_json", "warn agent main: ok -> warning (bad_json)"],
  },
  {
    name: "a place of the host that cannot be searched",
    before: healthy,
    after: {
      ...healthy,
      problems: [problem("not_found", "/home/none", "/home/none is not a directory; name another")],
    },
    expected: ["warn host: not_found"],
  },
  {
    name: "what is gone",
    before: healthy,
    after: judged(host()).snapshot,
    expected: [
      "info store of main: readable -> gone",
      "info agent main: ok -> gone",
      "info profile anthropic:manual of main: static -> gone",
    ],
  },
  {
    name: "nothing of a host that answers for the first time and is well",
    before: withVps(null),
    after: withVps(true, healthy),
    expected: [],
  },
  {
    name: "what is the matter on a host that answers for the first time",
    before: withVps(null),
    after: withVps(true, expired),
    expected: [
      "error agent main: critical (no_usable_credential)",
      "error profile anthropic:manual of main: expired, critical (expired)",
    ],
  },
  {
    name: "a host that does not answer, by its name",
    before: withVps(true),
    after: withVps(false),
    expected: ["warn host vps: answers -> unreachable"],
  },
  {
    name: "a host that answers again",
    before: withVps(false),
    after: withVps(true),
    expected: ["info host vps: unreachable -> answers"],
  },
  {
    name: "nothing of a host of which nothing can be said for a while",
    before: withVps(true),
    after: withVps(null),
    expected: [],
  },
  {
    name: "a host that is not asked any more",
    before: withVps(false),
    after: { ...withVps(true), remotes: [] },
    expected: ["info host vps: unreachable -> gone"],
  },
  {
    name: "a place of the host that can be searched again",
    before: { ...healthy, problems: [problem("not_found", "/home/none", "name another")] },
    after: { ...healthy, problems: [] },
    expected: ["info host: not_found -> over"],
  },
])("$name", ({ before, after, expected }) => {
  expect(told(before, after)).toEqual(expected);
});

test("nothing is advised about what is over", () => {
  const gone = findTransitions(expired, judged(host()).snapshot);
  expect(gone.map(({ fields }) => Object.keys(fields))).toEqual([
    ["installation", "agent", "format"],
    ["installation", "agent"],
    ["installation", "agent", "provider", "profile"],
  ]);
});

test("a transition carries the command that mends it", () => {
  const agentLine = findTransitions(null, expired).find(({ message }) => message.startsWith("agent"));
  expect(agentLine?.fields["action"]).toMatchObject({
    text: expect.stringContaining("openclaw models auth paste-token"),
  });
});
