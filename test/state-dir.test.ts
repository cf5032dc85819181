import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findStateDirAround } from "../src/state-dir.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "state-dir-")));
  mkdirSync(join(root, ".openclaw"));
  mkdirSync(join(root, "srv", "agents"), { recursive: true });
  mkdirSync(join(root, "plain"));
  symlinkSync(".openclaw", join(root, "link"));
  symlinkSync(join(root, "srv"), join(root, "plain", "to-srv"));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe("findStateDirAround", () => {
  test.each([
    ["the directory itself", ".openclaw", ".openclaw"],
    ["a place in it", ".openclaw/mine", ".openclaw"],
    ["deep in it", ".openclaw/agents/main/agent", ".openclaw"],
    ["one that does not exist yet", ".clawdbot/mine", ".clawdbot"],
    ["one of a profile", ".openclaw-dev/mine", ".openclaw-dev"],
    ["in another case", ".OpenClaw/mine", ".OpenClaw"],
    ["through a link", "link/mine", ".openclaw"],
    ["by a way around", "plain/../.openclaw/mine", ".openclaw"],
    ["one that was named", "srv/mine", "srv"],
    ["one that was named, through a link", "plain/to-srv/mine", "srv"],
    ["a directory beside it", "plain/mine", null],
    ["one whose name only begins so", ".openclaw.bak/mine", null],
    ["one that was named beside it", "srv-2/mine", null],
    ["one that was named by mistake and holds nothing", "plain/mine", null],
  ])("%s", (_, path, expected) => {
    const found = findStateDirAround(join(root, path), [join(root, "srv"), join(root, "plain"), "/"], {});
    expect(found).toBe(expected === null ? null : join(root, expected));
  });
});
