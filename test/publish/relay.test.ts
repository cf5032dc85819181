import { expect, test } from "vitest";
import type { Publisher } from "../../src/publish/publisher.ts";
import { createRelay } from "../../src/publish/relay.ts";

/** A place whose answers the test gives. */
function createPlace() {
  const taken: { readonly text: string; readonly answer: (fault: string | null) => void }[] = [];
  const publisher: Publisher = {
    name: "textfile",
    publish: (text) => new Promise((answer) => void taken.push({ text, answer })),
  };
  return { publisher, taken, turns: [] as (string | null)[] };
}

function open(place: ReturnType<typeof createPlace>) {
  return createRelay([place.publisher], {
    onTurn: (_name, fault) => void place.turns.push(fault),
    onChange: () => undefined,
  });
}

test("hands over one at a time, and of those that wait only the latest", async () => {
  const place = createPlace();
  const relay = open(place);
  for (const text of ["1", "2", "3"]) relay.hand(text);
  expect(place.taken.map(({ text }) => text)).toEqual(["1"]);
  place.taken[0]?.answer(null);
  await new Promise(setImmediate);
  expect(place.taken.map(({ text }) => text)).toEqual(["1", "3"]);
  place.taken[1]?.answer(null);
  await relay.settle();
  expect(relay.figures()).toEqual([{ name: "textfile", delivered: 2, failed: 0 }]);
});

test("tells when a place begins to fail, fails otherwise, and works again; not of more of the same", async () => {
  const place = createPlace();
  const relay = open(place);
  for (const fault of [null, "full", "full", "gone", null, null]) {
    relay.hand("1");
    place.taken.at(-1)?.answer(fault);
    await relay.settle();
  }
  expect(place.turns).toEqual(["full", "gone", null]);
  expect(relay.figures()).toEqual([{ name: "textfile", delivered: 3, failed: 3 }]);
});

test("a place that hangs does not keep the others", async () => {
  const [slow, quick] = [createPlace(), createPlace()];
  const relay = createRelay([slow.publisher, quick.publisher], {
    onTurn: () => undefined,
    onChange: () => undefined,
  });
  relay.hand("1");
  quick.taken[0]?.answer(null);
  await new Promise(setImmediate);
  relay.hand("2");
  expect([slow, quick].map(({ taken }) => taken.length)).toEqual([1, 2]);
});
