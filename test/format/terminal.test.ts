import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import {
  clean,
  createPaint,
  measure,
  pad,
  shorten,
  wantsColours,
  wrap,
  wrapCommand,
} from "../../src/format/terminal.ts";
import { shellWord } from "../../src/shell-word.ts";

describe("clean", () => {
  test.each([
    ["plain text stays", "anthropic:default", "anthropic:default"],
    ["colour", "a\u001b[31mred\u001b[0m", "ared"],
    ["window title", "a\u001b]0;owned\u0007b", "ab"],
    ["link", "a\u001b]8;;https://x.example\u001b\\b", "ab"],
    ["single-byte CSI", "a\u009b31mb", "ab"],
    ["line break and tab", "a\r\n\tb", "ab"],
    ["reversed reading direction", "a\u202egnp.exe", "agnp.exe"],
    ["zero-width characters", "a\u200b\u2060\ufeffb", "ab"],
    ["lone half of a pair", "a\ud800b", "ab"],
    ["emoji and accents stay", "é 日本 🦞", "é 日本 🦞"],
    ["a key in place of an id", "sk-ant-oat01-CANARYCANARYCANARY", "[redacted]"],
  ])("%s", (_name, text, expected) => {
    expect(clean(text)).toBe(expected);
  });
});

describe("measure", () => {
  test.each([
    ["latin", "default", 7],
    ["CJK takes two cells each", "日本", 4],
    ["emoji takes two", "🦞", 2],
    ["combining accent takes none", "e\u0301", 1],
    ["full-width letter", "Ａ", 2],
    ["ellipsis takes one", "…", 1],
  ])("%s", (_name, text, cells) => {
    expect(measure(text)).toBe(cells);
  });

  test("pad counts cells, not characters", () => {
    expect(pad("日本", 6)).toBe("日本  ");
  });
});

describe("shorten", () => {
  test.each([
    ["fits", "abc", 3, "abc"],
    ["keeps both ends", "anthropic:peter@example.com", 11, "anthr…e.com"],
    ["one cell", "abc", 1, "…"],
    ["no cell", "abc", 0, ""],
    ["never cuts a wide character in half", "日本日本", 6, "日…本"],
  ])("%s", (_name, text, width, expected) => {
    expect(shorten(text, width)).toBe(expected);
    expect(measure(shorten(text, width))).toBeLessThanOrEqual(width);
  });
});

test("prose breaks at blanks, a path too long loses its middle", () => {
  expect(wrap("see /home/user/.openclaw/openclaw.json now", 20)).toEqual(
    ["see", "/home/user…claw.json", "now"].map((w) => shorten(w, 20)),
  );
});

describe("wrapCommand", () => {
  test("breaks so that the command still runs when copied", () => {
    expect(wrapCommand("openclaw models auth login --provider x", 26)).toEqual([
      "openclaw models auth \\",
      "login --provider x",
    ]);
  });

  test("never breaks inside quotes, nor a long word", () => {
    expect(wrapCommand("a --id 'two words here' 'it'\\''s one'", 12)).toEqual([
      "a --id \\",
      "'two words here' \\",
      "'it'\\''s one'",
    ]);
  });

  test.each([
    ["claude setup-token; openclaw models auth paste-token --provider anthropic --profile-id anthropic:manual"],
    ["printf 'a  b' ;  echo \"it's\" $HOME `id` | tr a-z A-Z   "],
    ["openclaw"],
  ])("what ssh runs on another host comes in parts, and arrives whole: %s", (command) => {
    for (const width of [24, 40, 200]) {
      const lines = wrapCommand(`ssh -t -p 22 ada@vps.example.com ${shellWord(command)}`, width);
      expect(lines.filter((line) => measure(line) > Math.max(width, 36))).toEqual([]);
      // As ssh itself does with what follows the host.
      const script = `ssh() { shift 4; printf '%s|' "$*"; }\n${lines.map((line) => `  ${line}`).join("\n")}`;
      expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(`${command}|`);
    }
  });

  test("a comment alone is one", () => {
    expect(wrapCommand("# ask whoever runs it", 14)).toEqual(["# ask whoever", "# runs it"]);
  });

  test("a comment behind it goes on in lines of its own", () => {
    expect(wrapCommand("a --id 'x # y' z#1  # that's on the other host", 20)).toEqual([
      "a --id 'x # y' z#1",
      "# that's on the",
      "# other host",
    ]);
    expect(wrapCommand("openclaw models list # on vps", 20)).toEqual(["openclaw models \\", "list # on vps"]);
  });
});

describe("colours", () => {
  test.each([
    ["terminal", {}, true, true],
    ["pipe", {}, false, false],
    ["NO_COLOR", { NO_COLOR: "1" }, true, false],
    ["an empty NO_COLOR means nothing", { NO_COLOR: "" }, true, true],
    ["FORCE_COLOR into a pipe", { FORCE_COLOR: "1" }, false, true],
    ["FORCE_COLOR over NO_COLOR", { FORCE_COLOR: "1", NO_COLOR: "1" }, false, true],
    ["FORCE_COLOR=0", { FORCE_COLOR: "0" }, true, false],
    ["dumb terminal", { TERM: "dumb" }, true, false],
  ])("%s", (_name, env, isTerminal, expected) => {
    expect(wantsColours(env, isTerminal)).toBe(expected);
  });

  test("paint adds nothing when off, and ends what it starts when on", () => {
    expect(createPaint(false)("critical", "x")).toBe("x");
    expect(createPaint(true)("critical", "x")).toBe("\u001b[31mx\u001b[39m");
    expect(createPaint(true)("critical", "")).toBe("");
  });
});
