import { join } from "node:path";
import { expect, test } from "vitest";
import { parseEnvText, readEnvFile } from "../../src/discovery/env-file.ts";
import { makeRoot, writeTree } from "./tree.ts";

test.each([
  ["plain", "A=1", ["A"]],
  ["export", "export A=1", ["A"]],
  ["quoted", `A="1 2"\nB='3'`, ["A", "B"]],
  ["comments and blank lines", "# A=1\n\n  B=2 # why", ["B"]],
  ["a blank value does not take the next line", "A=  \nB=1", ["B"]],
  ["a colon", "A: 1\nB:2", ["A"]],
  ["a quote without end is the rest of its line", `A="1\nB=2`, ["A", "B"]],
  ["an escaped quote", String.raw`A="x\"y"`, ["A"]],
  ["a # within a value is no comment", "A=a#b\nB=#c", ["A"]],
  ["no names with a dash in front or a space in between", "-A=1\nB C=2", []],
  ["several lines in one value", 'A="x\nB=y"\nC=z', ["A", "C"]],
  ["empty is nothing", "A=\nB=   \nC=''", []],
  ["the words undefined and null are nothing", "A=undefined\nB=null", []],
  ["a byte order mark", "\uFEFFA=1", ["A"]],
  ["Windows line ends", "A=1\r\nB=2\r\n", ["A", "B"]],
  ["values that a shell would complete", "A=$B\nC=${D}\nE=$(cat /key)\nF=cost$\nG=1", ["F", "G"]],
])("%s", (_name, text, names) => {
  expect([...parseEnvText(text).keys()]).toEqual(names);
});

test("a comment ends with its line, whatever is in it, and takes no time", () => {
  const text = `A=x${" #".repeat(150_000)}\u2028y\nB=1`;
  expect([...parseEnvText(text)]).toEqual([
    ["A", "x"],
    ["B", "1"],
  ]);
});

test("a file of up to a mebibyte", () => {
  const root = makeRoot();
  const text = `A=${"x".repeat(1024 * 1024 - 2)}`;
  writeTree(root, { fits: text, large: `${text}x`, empty: "", dir: null });
  const reasons = ["fits", "large", "empty", "dir", "none"].map(
    (name) => readEnvFile(join(root, name)).problem?.reason,
  );
  expect(reasons).toEqual([undefined, "too_large", undefined, "not_regular", undefined]);
});
