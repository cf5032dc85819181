import { userInfo } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, onTestFinished, test } from "vitest";
import { expandHome } from "../src/channels/secret.ts";
import { listConfigPaths } from "../src/config/load.ts";
import { ownHome } from "../src/own-home.ts";
import { resolveStoragePath } from "../src/storage.ts";

const REAL_HOME = userInfo().homedir;

describe("our own home", () => {
  test.each([
    ["HOME", { HOME: "/home/ada", USERPROFILE: "/home/eve" }, "/home/ada"],
    ["USERPROFILE, as on Windows", { USERPROFILE: "/home/eve" }, "/home/eve"],
    ["blanks around it do not count", { HOME: " /home/ada " }, "/home/ada"],
    ["neither: as the system says", {}, REAL_HOME],
    ["an empty one counts as none", { HOME: "", USERPROFILE: "" }, REAL_HOME],
    ["so does a blank one", { HOME: " " }, REAL_HOME],
  ])("%s", (_, env, expected) => {
    expect(ownHome(env)).toBe(expected);
  });
});

// Node's own answer follows the environment of the process, empty or not.
describe("where HOME of the process is empty", () => {
  test.each<[string, (env: Readonly<Record<string, string>>) => string, string]>([
    ["the home that is searched", ownHome, REAL_HOME],
    [
      "our state",
      (env) => resolveStoragePath({ path: null, stateDirs: [], env }),
      join(REAL_HOME, ".local/state/agent-auth-exporter"),
    ],
    ["our config", (env) => listConfigPaths(env)[0] ?? "", join(REAL_HOME, ".config/agent-auth-exporter/config.yaml")],
    ["~ in the config", (env) => expandHome("~/token", env), join(REAL_HOME, "token")],
  ])("%s is not here", (_, find, expected) => {
    const before = process.env["HOME"];
    onTestFinished(() => {
      if (before === undefined) delete process.env["HOME"];
      else process.env["HOME"] = before;
    });
    process.env["HOME"] = "";
    expect(find({ HOME: "" })).toBe(expected);
  });
});
