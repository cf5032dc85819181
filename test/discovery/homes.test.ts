import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createDirectoryMemory } from "../../src/discovery/directory-memory.ts";
import { expandTilde, findHomes, type HomeSearch } from "../../src/discovery/homes.ts";
import { makeRoot, writeTree } from "./tree.ts";

function find(patterns: readonly string[], env: Record<string, string> = {}): HomeSearch {
  return findHomes(patterns, env, createDirectoryMemory());
}

describe("findHomes", () => {
  test("expands * within one level and skips files, hidden names and lost+found", () => {
    const root = makeRoot();
    writeTree(root, {
      "home/ann": null,
      "home/bob": null,
      "home/.cache": null,
      "home/lost+found": null,
      "home/a.txt": "",
    });
    expect(find([join(root, "home/*")]).homes.map(({ path }) => path)).toEqual([
      join(root, "home/ann"),
      join(root, "home/bob"),
    ]);
  });

  test("tells what it would match if it were mounted: behind a link, or in a directory that is empty", () => {
    const root = makeRoot();
    writeTree(root, {
      "home/ann": { linkTo: join(root, "away") },
      "home/bob": null,
      "home/a.txt": "",
      "mnt/a": null,
      "mnt/b/home": null,
      "mnt/c/other": null,
      "mnt/d": { linkTo: join(root, "away") },
    });
    expect(find([join(root, "home/*")]).unmounted).toEqual([join(root, "home/ann")]);
    expect(find([join(root, "mnt/*/home")]).unmounted).toEqual(
      [join(root, "mnt/d"), join(root, "mnt/a")].map((path) => join(path, "home")),
    );
    expect(find([join(root, "mnt/*/*/*"), join(root, "none/*")]).unmounted).toEqual([]);
  });

  test("expands a * in the middle, and ? for one character", () => {
    const root = makeRoot();
    writeTree(root, { "srv/a1/home": null, "srv/a2/home": null, "srv/a10/home": null, "srv/a3": null });
    expect(find([join(root, "srv/a?/home")]).homes.map(({ path }) => path)).toEqual([
      join(root, "srv/a1/home"),
      join(root, "srv/a2/home"),
    ]);
  });

  test("takes dots and brackets of a pattern as they are", () => {
    const root = makeRoot();
    writeTree(root, { "h/a.b": null, "h/axb": null });
    expect(find([join(root, "h/a.*")]).homes.map(({ path }) => path)).toEqual([join(root, "h/a.b")]);
  });

  test("~ is our own home, whose environment counts", () => {
    const root = makeRoot();
    expect(find(["~"], { HOME: root }).homes).toEqual([{ path: root, isDefault: true, sharesEnvironment: true }]);
  });

  test.each(["alias", "zoe"])("counts a home once that is reached as %s too, under its real name", (link) => {
    const root = makeRoot();
    writeTree(root, { "home/ann": null, [`home/${link}`]: { linkTo: join(root, "home/ann") } });
    expect(find([join(root, "home/*")]).homes.map(({ path }) => path)).toEqual([join(root, "home/ann")]);
  });

  test("searches OPENCLAW_HOME besides the default home", () => {
    const root = makeRoot();
    writeTree(root, { home: null, moved: null });
    const env = { HOME: join(root, "home"), OPENCLAW_HOME: "~/../moved" };
    expect(find(["~"], env).homes.map(({ path, isDefault }) => [path, isDefault])).toEqual([
      [join(root, "home"), true],
      [join(root, "moved"), true],
    ]);
  });

  test("leaves OPENCLAW_HOME alone while another home is searched", () => {
    const root = makeRoot();
    writeTree(root, { home: null, moved: null, other: null });
    const env = { HOME: join(root, "home"), OPENCLAW_HOME: join(root, "moved") };
    expect(find([join(root, "other")], env).homes.map(({ path }) => path)).toEqual([join(root, "other")]);
  });

  test.each(["", "  ", "undefined", "null"])("ignores OPENCLAW_HOME=%j", (value) => {
    const root = makeRoot();
    expect(find(["~"], { HOME: root, OPENCLAW_HOME: value }).homes).toHaveLength(1);
  });

  test("our environment says nothing about the other homes of a pattern", () => {
    const root = makeRoot();
    writeTree(root, { "home/ann": null, "home/bob": null });
    const { homes } = find([join(root, "home/*")], { HOME: join(root, "home/ann") });
    expect(homes.map(({ sharesEnvironment }) => sharesEnvironment)).toEqual([true, false]);
  });

  test("a single home named outright that is ours can be expected to share it", () => {
    const root = makeRoot();
    writeTree(root, { home: null, other: null });
    const [home] = find([join(root, "other")], { HOME: join(root, "home") }).homes;
    expect(home).toMatchObject({ isDefault: false, sharesEnvironment: true });
  });

  test.each([
    ["a home that does not exist", "nowhere"],
    ["a pattern without a match", "none-*/x"],
  ])("reports %s", (_name, pattern) => {
    const root = makeRoot();
    const { homes, problems } = find([join(root, pattern)]);
    expect(homes).toEqual([]);
    expect(problems).toMatchObject([{ reason: "not_found", path: join(root, pattern) }]);
  });
});

test.each([
  ["~", "/h"],
  ["~/x", "/h/x"],
  ["~ann/x", "~ann/x"],
  ["/x/~", "/x/~"],
])("expandTilde(%j)", (path, expected) => {
  expect(expandTilde(path, "/h")).toBe(expected);
});
