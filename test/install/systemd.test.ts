import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SYSTEMD } from "../../src/install/systemd.ts";
import type { Installation } from "../../src/install/target.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "agent-auth-target-"));
  mkdirSync(join(home, "run/systemd"), { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

interface Given {
  readonly on?: readonly string[];
  readonly lists?: Readonly<Record<string, readonly string[]>>;
  readonly configFile?: string;
  readonly uid?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly node?: string;
}

function prepare({ on = [], lists = {}, configFile, uid = 0, env = {}, node = "/bin/sh" }: Given): Installation {
  return SYSTEMD.prepare({
    text: (name) => (name === "config.file" ? (configFile ?? null) : null),
    list: (name) => lists[name] ?? [],
    isOn: (name) => on.includes(name),
    env: { HOME: home, XDG_RUNTIME_DIR: join(home, "run"), ...env },
    program: { node, script: "/bin/true" },
    user: { uid, name: "nobody-here" },
    configPath: join(home, ".config/agent-auth-exporter/config.yaml"),
    onScreen: [],
    keepsConfig: false,
    config: null,
  });
}

function paths({ files }: Installation): readonly string[] {
  return files.map(({ path }) => path.replace(home, "~"));
}

function commands(list: Installation["afterRemoval"]): readonly string[] {
  return list.map(({ argv }) => argv.join(" "));
}

describe("of the system", () => {
  test("one service for all users, and the user it runs as", () => {
    const installation = prepare({});
    expect(paths(installation)).toEqual([
      "/etc/agent-auth-exporter/all-users.yaml",
      "/etc/sysusers.d/agent-auth.conf",
      "/etc/systemd/system/agent-auth-exporter.service",
      "/etc/systemd/system/agent-auth-failure@.service",
    ]);
    expect(commands(installation.start(true))).toEqual([
      "systemd-sysusers /etc/sysusers.d/agent-auth.conf",
      "systemctl daemon-reload",
      "systemctl enable agent-auth-exporter.service",
      "systemctl restart agent-auth-exporter.service",
    ]);
    expect(commands(installation.start(false)).at(-1)).toBe("systemctl start agent-auth-exporter.service");
  });

  test("a timer of an instance for each user", () => {
    const installation = prepare({ on: ["timer"], lists: { as: ["ada", "pat"] } });
    expect(paths(installation).map((path) => basename(path))).toEqual([
      "ada.yaml",
      "pat.yaml",
      "agent-auth-check@.service",
      "agent-auth-check@.timer",
      "agent-auth-failure@.service",
    ]);
    expect(commands(installation.required)).toEqual(["id -u -- ada", "id -u -- pat"]);
    expect(installation.required[0]?.remedy).toContain("name a user of this host with --as");
    expect(commands(installation.start(true)).at(-1)).toBe(
      "systemctl restart agent-auth-check@ada.timer agent-auth-check@pat.timer",
    );
  });

  test("no config to start from beside one that was named", () => {
    const installation = prepare({ configFile: "/srv/agents.yaml" });
    expect(paths(installation)).not.toContain("/etc/agent-auth-exporter/all-users.yaml");
    expect(installation.files.find(({ path }) => path.endsWith("exporter.service"))?.text).toContain(
      " serve --config.file /srv/agents.yaml\n",
    );
  });

  test("removal stops every instance, then cleans up", () => {
    const { stop, files } = prepare({ on: ["uninstall"] });
    expect(files.map(({ path }) => path).filter((path) => path.startsWith("/etc/sys")).length).toBe(8);
    expect(
      commands(stop(["/x/agent-auth-check@.service", "/x/agent-auth-check@.timer", "/x/agent-auth-failure@.service"])),
    ).toEqual([
      "systemctl disable agent-auth-check@.service",
      "systemctl disable agent-auth-check@.timer",
      "systemctl stop agent-auth-check@*.service agent-auth-check@*.timer",
      "systemctl clean --what=runtime agent-auth-check@*.service",
    ]);
  });

  test("anybody may rehearse it", () => {
    expect(prepare({ on: ["system", "dry-run"], uid: 1000 }).files.length).toBe(4);
  });

  test("not with a program that others can replace", () => {
    chmodSync(home, 0o777);
    expect(() => prepare({ node: join(home, "run") })).toThrow(
      /^--system: expected a program that only root can change/,
    );
  });
});

describe("of a user", () => {
  test("units below the home, and a word about what ends them", () => {
    const installation = prepare({ uid: 1000 });
    expect(paths(installation)).toEqual([
      "~/.config/systemd/user/agent-auth-exporter.service",
      "~/.config/systemd/user/agent-auth-failure@.service",
    ]);
    expect(commands(installation.start(true))).toEqual([
      "systemctl --user daemon-reload",
      "systemctl --user enable agent-auth-exporter.service",
      "systemctl --user restart agent-auth-exporter.service",
    ]);
    expect(installation.notes.join("\n")).toContain("loginctl enable-linger nobody-here");
  });

  test("not without a systemd that is theirs", () => {
    expect(() => prepare({ uid: 1000, env: { XDG_RUNTIME_DIR: "/nonexistent" } })).toThrow(/loginctl enable-linger/);
  });
});

test.each<[string, Given, RegExp]>([
  ["both scopes", { on: ["user", "system"] }, /^--user: expected no --system beside it/],
  ["both jobs", { on: ["serve", "timer"] }, /^--serve: expected no --timer/],
  ["half a removal", { on: ["uninstall", "timer"] }, /^--timer: expected nothing of the kind beside --uninstall/],
  ["the system, by a user", { on: ["system"], uid: 1000 }, /^--system: expected to be run by root/],
  ["a user, by sudo", { on: ["user"], env: { SUDO_USER: "pat" } }, /^--user: .*; run it as pat$/],
  ["an instance of a user's unit", { lists: { as: ["pat"] }, uid: 1000 }, /^--as: expected --system/],
  ["a user who is none", { lists: { as: ["../pat"] } }, /^--as: expected the name of a user, got "\.\.\/pat"/],
  ["a credential without a path", { lists: { credential: ["token"] } }, /^--credential: expected a name and/],
  ["a credential with a relative path", { lists: { credential: ["token:etc/token"] } }, /^--credential: /],
  ["a credential of two lines", { lists: { credential: ["token:/a\nUser=root"] } }, /^--credential: /],
])("refuses %s", (_name, given, message) => {
  expect(() => prepare(given)).toThrow(message);
});
