import fc from "fast-check";
import { expect, test } from "vitest";
import { readShellWord, shellWord } from "../src/shell-word.ts";

test("what was quoted is read as it was, whatever follows", () => {
  const isSame = fc.property(
    fc.string({ unit: "binary" }),
    fc.constantFrom("", " --quiet", "\n"),
    (word, rest) => readShellWord(`${shellWord(word)}${rest}`) === word,
  );
  expect(fc.check(isSame).counterexample).toBeNull();
});

test.each([
  ["a variable", '"$HOME/x"'],
  ["what a command prints", "`pwd`/x"],
  ["the end of a command", "/x;"],
  ["a pattern", "/x/*"],
  ["a home", "~/x"],
  ["nothing", " /x"],
])("%s is for a shell to read", (_name, text) => {
  expect(readShellWord(text)).toBeNull();
});
