import { describe, expect, test } from "vitest";
import { ConfigRejected, mergeDeep, resolveIncludes } from "../../src/discovery/config-include.ts";
import { problem } from "../../src/problem.ts";

function resolve(
  files: Readonly<Record<string, unknown>>,
  roots: readonly string[] = ["/c"],
  links: Record<string, string> = {},
): unknown {
  return resolveIncludes("/c/main.json", {
    load: (path) => {
      if (path in files) return files[path];
      throw new ConfigRejected(problem("not_found", path, `${path} does not exist`));
    },
    realPath: (path) => links[path] ?? path,
    noteRefused: () => undefined,
    roots,
  });
}

describe("$include", () => {
  test("puts a file in place, at any level, relative to the file that names it", () => {
    const files = {
      "/c/main.json": { agents: { $include: "sub/agents.json" }, list: [{ $include: "./x.json" }] },
      "/c/sub/agents.json": { defaults: { $include: "defaults.json" } },
      "/c/sub/defaults.json": { model: "a/b" },
      "/c/x.json": { x: 1 },
    };
    expect(resolve(files)).toEqual({ agents: { defaults: { model: "a/b" } }, list: [{ x: 1 }] });
  });

  test("keys beside it win, objects merge, lists are joined", () => {
    const files = {
      "/c/main.json": { $include: ["a.json", "b.json"], o: { z: 3 }, s: "main", l: ["m"] },
      "/c/a.json": { o: { x: 1, y: 1 }, s: "a", l: ["a"], n: null },
      "/c/b.json": { o: { y: 2 }, l: ["b"] },
    };
    expect(resolve(files)).toEqual({ o: { x: 1, y: 2, z: 3 }, s: "main", l: ["a", "b", "m"], n: null });
  });

  test("may bring a list where no keys stand beside it", () => {
    const files = { "/c/main.json": { list: { $include: "l.json" } }, "/c/l.json": [1, 2] };
    expect(resolve(files)).toEqual({ list: [1, 2] });
  });

  test("takes ten levels and not eleven", () => {
    const chain = (length: number): Record<string, unknown> => ({
      "/c/main.json": { $include: "1.json" },
      ...Object.fromEntries(
        Array.from({ length }, (_, at) => [
          `/c/${at + 1}.json`,
          at + 1 < length ? { $include: `${at + 2}.json` } : { end: 1 },
        ]),
      ),
    });
    expect(resolve(chain(10))).toEqual({ end: 1 });
    expect(() => resolve(chain(11))).toThrow("at most 10 levels");
  });

  test("takes the same file twice where it is no cycle", () => {
    const files = { "/c/main.json": { a: { $include: "x.json" }, b: { $include: "x.json" } }, "/c/x.json": { x: 1 } };
    expect(resolve(files)).toEqual({ a: { x: 1 }, b: { x: 1 } });
  });

  test("refuses files that multiply", () => {
    const files = Object.fromEntries(
      ["main", "b", "c", "d"].map((name, index, all) => [
        `/c/${name}.json`,
        name === "d" ? {} : { $include: Array.from({ length: 11 }, () => `${all[index + 1]}.json`) },
      ]),
    );
    expect(() => resolve(files)).toThrow("at most 1000 inclusions");
  });

  test("may name a file in a further root", () => {
    const files = { "/c/main.json": { $include: "/etc/shared/x.json" }, "/etc/shared/x.json": { x: 1 } };
    expect(resolve(files, ["/c", "/etc/shared"])).toEqual({ x: 1 });
  });

  test.each([
    ["a cycle", { "/c/main.json": { $include: "a.json" }, "/c/a.json": { $include: "main.json" } }, "no cycle"],
    ["itself", { "/c/main.json": { $include: "main.json" } }, "no cycle"],
    ["a file outside", { "/c/main.json": { $include: "../secret.json" }, "/secret.json": {} }, "found one outside"],
    [
      "a neighbour with the same beginning",
      { "/c/main.json": { $include: "/cc/x.json" }, "/cc/x.json": {} },
      "found one outside",
    ],
    ["a number", { "/c/main.json": { $include: 5 } }, "found a number"],
    ["a blank name", { "/c/main.json": { $include: " " } }, "found a string"],
    ["a path without end", { "/c/main.json": { $include: "x".repeat(4_096) } }, "expected a file name"],
    ["a list under other keys", { "/c/main.json": { $include: "l.json", a: 1 }, "/c/l.json": [1] }, "found a list"],
    ["a missing file", { "/c/main.json": { $include: "none.json" } }, "/c/none.json does not exist"],
  ])("refuses %s", (_name, files, message) => {
    expect(() => resolve(files)).toThrow(message);
  });

  test("refuses a link that leads outside", () => {
    const files = { "/c/main.json": { $include: "link.json" }, "/c/link.json": { x: 1 } };
    expect(() => resolve(files, ["/c"], { "/c/link.json": "/etc/shadow" })).toThrow("found one outside");
  });

  test("refuses nesting that would exhaust the stack", () => {
    const deep = JSON.parse("[".repeat(5_000) + "]".repeat(5_000)) as unknown;
    expect(() => resolve({ "/c/main.json": deep })).toThrow("levels of nesting");
  });
});

test("mergeDeep leaves the prototype alone", () => {
  mergeDeep({}, JSON.parse('{"constructor": {"prototype": {"polluted": true}}}'));
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});
