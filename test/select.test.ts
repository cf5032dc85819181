import { expect, test } from "vitest";
import { profileKey } from "../src/select.ts";

test("two credentials share a key only if they are one, whatever blanks their names hold", () => {
  const words = ["", " ", "a", "a b", "1 a", "b"];
  const all = words.flatMap((owner) => words.map((profileId) => profileKey({ owner, profileId })));
  expect(new Set(all).size).toBe(all.length);
});
