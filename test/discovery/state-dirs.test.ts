import { chmodSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { asNobody, keyStore, makeRoot, NOW, openHost, type Tree, writeTree } from "./tree.ts";

const STORE = "agents/main/agent/auth-profiles.json";

function withStores(...dirs: readonly string[]): Tree {
  return Object.fromEntries(dirs.map((dir) => [`${dir}/${STORE}`, keyStore("anthropic")]));
}

function loop(path: string): void {
  rmSync(path, { recursive: true });
  symlinkSync(path, path);
}

function idsOf(home: string): readonly string[] {
  return openHost({ homes: [home], env: { HOME: home } })
    .read(NOW)
    .installations.map(({ id }) => id);
}

describe("names of state directories", () => {
  test.each([
    [".openclaw", "openclaw"],
    [".clawdbot", "clawdbot"],
    [".moltbot", "moltbot"],
    [".moldbot", "moldbot"],
    [".openclaw-work", "openclaw-work"],
    [".clawdbot-dev", "clawdbot-dev"],
    [".moltbot-a_b-1", "moltbot-a_b-1"],
    [".openclaw-Work", "openclaw-Work"],
  ])("%s is one", (name, id) => {
    const home = makeRoot();
    writeTree(home, withStores(name));
    expect(idsOf(home)).toEqual([id]);
  });

  test.each([
    ".openclaw.bak",
    ".openclaw-backup.tar",
    ".openclaw-",
    ".openclaw-_x",
    ".openclaws",
    "openclaw",
    ".clawdbot-old.1",
    `.openclaw-${"x".repeat(65)}`,
  ])("%s is none", (name) => {
    const home = makeRoot();
    writeTree(home, withStores(name));
    expect(idsOf(home)).toEqual([]);
  });

  test("a file of the name is none", () => {
    const home = makeRoot();
    writeTree(home, { ".openclaw-backup": "CANARY" });
    expect(idsOf(home)).toEqual([]);
  });

  test("base names come first, newest name first, then profiles by name", () => {
    const home = makeRoot();
    writeTree(home, withStores(".openclaw-b", ".clawdbot", ".openclaw-a", ".openclaw"));
    expect(idsOf(home)).toEqual(["openclaw", "clawdbot", "openclaw-a", "openclaw-b"]);
  });
});

describe("what makes an installation", () => {
  test.each([
    ["a config", { ".openclaw/openclaw.json": "{}" }, 1],
    ["a config of the old name", { ".openclaw/clawdbot.json": "{}" }, 1],
    ["agents", { ".openclaw/agents": null }, 1],
    ["a state database", { ".openclaw/state/openclaw.sqlite": "" }, 1],
    ["credentials", { ".openclaw/credentials": null }, 1],
    ["logs alone do not", { ".openclaw/logs/a.log": "" }, 0],
    ["an empty directory does not", { ".openclaw": null }, 0],
  ])("%s", (_name, tree: Tree, count) => {
    const home = makeRoot();
    writeTree(home, tree);
    expect(idsOf(home)).toHaveLength(count);
  });

  test("a directory that holds only the config another one reads is part of that one", () => {
    const home = makeRoot();
    writeTree(home, { ".moltbot/moltbot.json": "{}", ...withStores(".clawdbot") });
    const { installations } = openHost({ homes: [home] }).read(NOW);
    expect(installations.map(({ id, configPath }) => [id, configPath])).toEqual([
      ["clawdbot", join(home, ".moltbot/moltbot.json")],
    ]);
  });

  test("a profile does not read the config of another name", () => {
    const home = makeRoot();
    writeTree(home, { ".openclaw/openclaw.json": "{}", ...withStores(".openclaw-work") });
    const work = openHost({ homes: [home] }).read(NOW).installations[1];
    expect([work?.id, work?.configPath]).toEqual(["openclaw-work", null]);
  });

  test.each([
    ["agents", { "data/agents": null }],
    ["a config", { "data/openclaw.json": {} }],
    ["a config of an old name", { "data/moltbot.json": {} }],
    ["credentials", { "data/credentials": null }],
  ])("a directory named outright is one when it holds %s", (_, tree) => {
    const root = makeRoot();
    writeTree(root, tree);
    const { installations } = openHost({ stateDirs: [join(root, "data")] }).read(NOW);
    expect(installations.map(({ id, problems }) => [id, problems])).toEqual([["data", []]]);
  });

  test("a directory named outright that holds nothing of OpenClaw is a problem, until it does", () => {
    const root = makeRoot();
    writeTree(root, { "data/share/doc": null });
    const host = openHost({ stateDirs: [join(root, "data")] });
    const message = `${join(root, "data")} holds nothing of OpenClaw; name the directory with \`agents\` or \`openclaw.json\` in it`;
    expect(host.read(NOW).installations).toMatchObject([
      { id: "data", agents: [], problems: [{ reason: "not_found", message }] },
    ]);
    writeTree(root, { "data/agents": null });
    expect(host.read(NOW).installations).toMatchObject([{ id: "data", problems: [], agents: [{ id: "main" }] }]);
  });

  test.each(["OPENCLAW_STATE_DIR", "CLAWDBOT_STATE_DIR", "OPENCLAW_CONFIG_PATH"])(
    "%s of our environment that does not exist is a problem of the host",
    (name) => {
      const home = makeRoot();
      writeTree(home, withStores(".openclaw"));
      const path = join(home, "gone");
      const { installations, problems } = openHost({ env: { HOME: home, [name]: path } }).read(NOW);
      const message = `${path} does not exist; correct ${name} of our environment, or unset it`;
      expect(problems).toMatchObject([{ reason: "not_found", path, message }]);
      expect(installations.map(({ id }) => id)).toEqual(["openclaw"]);
    },
  );

  test("a home named outright that does not exist is a problem of the host, and was searched", () => {
    const home = join(makeRoot(), "gone");
    const { problems, searched } = openHost({ homes: [home] }).read(NOW);
    expect(problems).toMatchObject([{ reason: "not_found", path: home }]);
    expect(searched).toEqual([home]);
  });

  test("a directory named outright that does not exist is a problem", () => {
    const root = makeRoot();
    const { installations } = openHost({ stateDirs: [join(root, "gone")] }).read(NOW);
    expect(installations).toMatchObject([{ id: "gone", agents: [], problems: [{ reason: "not_found" }] }]);
  });

  test("which shows no secret of its name", () => {
    const root = makeRoot();
    const reading = openHost({ stateDirs: [join(root, "sk-ant-oat01-CANARY0000000000")] }).read(NOW);
    expect(JSON.stringify(reading)).not.toContain("CANARY");
  });

  test("a directory named outright that appears later is read", () => {
    const root = makeRoot();
    const host = openHost({ stateDirs: [join(root, "late")] });
    const before = host.read(NOW);
    writeTree(root, withStores("late"));
    const after = host.read(NOW);
    expect(after.installations).toMatchObject([{ problems: [], agents: [{ id: "main" }] }]);
    expect(after.revision).toBeGreaterThan(before.revision);
  });
});

describe("one directory under several names", () => {
  test("an old name that links to the new one counts once, under the new one", () => {
    const home = makeRoot();
    writeTree(home, { ...withStores(".openclaw"), ".clawdbot": { linkTo: ".openclaw" } });
    expect(idsOf(home)).toEqual(["openclaw"]);
  });

  test("the real name wins though the link's is newer", () => {
    const home = makeRoot();
    writeTree(home, { ...withStores(".clawdbot"), ".openclaw": { linkTo: ".clawdbot" } });
    expect(idsOf(home)).toEqual(["clawdbot"]);
  });

  test("of two links to a directory elsewhere the newer name wins", () => {
    const root = makeRoot();
    writeTree(root, {
      ...withStores("data"),
      "home/.openclaw": { linkTo: "../data" },
      "home/.clawdbot": { linkTo: "../data" },
    });
    expect(idsOf(join(root, "home"))).toEqual(["openclaw"]);
  });

  test("a dangling link is nothing", () => {
    const home = makeRoot();
    writeTree(home, { ".clawdbot": { linkTo: "nowhere" } });
    expect(idsOf(home)).toEqual([]);
  });

  test("a dangling link counts as not searched, for its target may not be mounted", () => {
    const home = makeRoot();
    const links = [".openclaw", ".openclaw-x", ".codex", ".claude/.credentials.json"];
    writeTree(home, { ...Object.fromEntries(links.map((name) => [name, { linkTo: "nowhere" }])), ".moltbot": "" });
    const { searched } = openHost({ homes: [home], logins: true }).read(NOW);
    const away = searched.filter((path) => path.endsWith("/")).map((path) => path.slice(home.length + 1, -1));
    expect(away.toSorted()).toEqual([".claude/.credentials.json", ".codex/auth.json", ".openclaw", ".openclaw-x"]);
    for (const path of away) expect(searched).not.toContain(join(home, path));
  });

  test("a directory found in a home and named outright counts once", () => {
    const home = makeRoot();
    writeTree(home, withStores(".openclaw"));
    const { installations } = openHost({ homes: [home], stateDirs: [join(home, ".openclaw")] }).read(NOW);
    expect(installations.map(({ id }) => id)).toEqual(["openclaw"]);
  });
});

describe("ids", () => {
  test("carry the home's name where a pattern was given, even if one home matches", () => {
    const root = makeRoot();
    writeTree(root, withStores("home/ann/.openclaw"));
    const host = openHost({ homes: [join(root, "home/*")] });
    expect(host.read(NOW).installations.map(({ id }) => id)).toEqual(["ann-openclaw"]);
    writeTree(root, withStores("home/bob/.openclaw", "home/bob/.openclaw-x"));
    expect(host.read(NOW).installations.map(({ id }) => id)).toEqual([
      "ann-openclaw",
      "bob-openclaw",
      "bob-openclaw-x",
    ]);
  });

  test("of directories named outright are told apart by their parents, then by a number", () => {
    const root = makeRoot();
    const dirs = ["a/state", "b/state", "c/b/state"];
    writeTree(root, withStores(...dirs));
    const { installations } = openHost({ stateDirs: dirs.map((dir) => join(root, dir)) }).read(NOW);
    expect(installations.map(({ id }) => id)).toEqual(["state", "b-state", "state-2"]);
  });

  test("hold no secret that stands in a directory's name", () => {
    const root = makeRoot();
    const secret = "sk-ant-oat01-CANARY0000000000000000";
    writeTree(root, withStores(secret));
    const reading = openHost({ stateDirs: [join(root, secret)] }).read(NOW);
    expect(reading.installations.map(({ id }) => id)).toEqual(["[redacted]"]);
    expect(JSON.stringify([reading.searched, reading.installations.map(({ stateDir }) => stateDir)])).not.toContain(
      "CANARY",
    );
  });
});

describe("our environment", () => {
  test.each(["OPENCLAW_STATE_DIR", "CLAWDBOT_STATE_DIR", "MOLTBOT_STATE_DIR"])("%s adds a directory", (name) => {
    const root = makeRoot();
    writeTree(root, withStores("home/.openclaw", "data/state"));
    const home = join(root, "home");
    const reading = openHost({ homes: ["~"], env: { HOME: home, [name]: " ~/../data/state " } }).read(NOW);
    expect(reading.installations.map(({ id }) => id)).toEqual(["openclaw", "state"]);
    expect(reading.searched).toContain(join(root, "data/state"));
  });

  test("says what is searched also while our home is not there", () => {
    const home = join(makeRoot(), "home");
    const env = {
      HOME: home,
      OPENCLAW_HOME: "/srv/moved",
      CLAWDBOT_STATE_DIR: "/srv/claw",
      CODEX_HOME: "/srv/codex",
    };
    expect(openHost({ homes: ["~"], logins: true, env }).read(NOW).searched).toEqual(
      expect.arrayContaining([home, "/srv/moved", "/srv/claw/", "/srv/codex/auth.json/"]),
    );
    expect(openHost({ homes: [join(home, "other")], logins: true, env }).read(NOW).searched).toEqual([
      join(home, "other"),
    ]);
  });

  test("says so too where our home is one of many, and not of a home that nobody asked for", () => {
    const root = makeRoot();
    writeTree(root, withStores("moved/.openclaw", "homes/bob/.openclaw"));
    const moved = join(root, "moved");
    const env = { HOME: join(root, "homes/ada"), OPENCLAW_HOME: moved, OPENCLAW_STATE_DIR: "/srv/claw" };
    const search = (homes: string) => openHost({ homes: [join(root, homes)], env }).read(NOW).searched;
    expect(search("homes/*")).toEqual(expect.arrayContaining([moved, "/srv/claw/"]));
    expect(search("homes/b*")).not.toContain(moved);
    // What it names is looked at with our home only, so nothing of it was searched.
    expect(openHost({ homes: ["~"], env }).read(NOW).searched).toContain(moved);
  });

  test("says that a home which it moves us to is searched while that is not there", () => {
    const home = makeRoot();
    const env = { HOME: home, OPENCLAW_HOME: join(home, "moved") };
    expect(openHost({ homes: ["~"], env }).read(NOW).searched).toContain(join(home, "moved"));
  });

  test("does not apply while another home is searched", () => {
    const root = makeRoot();
    writeTree(root, withStores("other/.openclaw", "data"));
    const env = { HOME: join(root, "home"), OPENCLAW_STATE_DIR: join(root, "data") };
    const reading = openHost({ homes: [join(root, "other")], env }).read(NOW);
    expect(reading.installations.map(({ id }) => id)).toEqual(["openclaw"]);
  });

  test.each([
    ["OPENCLAW_CONFIG_PATH", ".openclaw", "openclaw"],
    ["CLAWDBOT_CONFIG_PATH", ".clawdbot", "clawdbot"],
    ["MOLTBOT_CONFIG_PATH", ".moltbot", "moltbot"],
  ])("%s is the config of %s", (name, dir, id) => {
    const home = makeRoot();
    writeTree(home, { "etc/my.json": "{}", ...withStores(".openclaw", ".clawdbot", ".moltbot", dir) });
    const env = { HOME: home, [name]: join(home, "etc/my.json") };
    const configs = openHost({ homes: ["~"], env })
      .read(NOW)
      .installations.map((found) => [found.id, found.configPath]);
    expect(configs.filter(([, path]) => path !== null)).toEqual([[id, join(home, "etc/my.json")]]);
  });

  test("an old variable speaks for the only installation, whatever its name", () => {
    const home = makeRoot();
    writeTree(home, { "my.json": "{}", ...withStores(".openclaw") });
    const env = { HOME: home, CLAWDBOT_CONFIG_PATH: "~/my.json" };
    expect(openHost({ homes: ["~"], env }).read(NOW).installations[0]?.configPath).toBe(join(home, "my.json"));
  });

  test.each(["OPENCLAW_AGENT_DIR", "CLAWDBOT_AGENT_DIR", "PI_CODING_AGENT_DIR"])("%s moves main", (name) => {
    const home = makeRoot();
    writeTree(home, { "moved/auth-profiles.json": keyStore("openai"), ...withStores(".openclaw") });
    const main = openHost({ homes: ["~"], env: { HOME: home, [name]: "~/moved" } }).read(NOW).installations[0]
      ?.agents[0];
    expect([main?.id, main?.agentDir, main?.ownStore?.credentials[0]?.provider]).toEqual([
      "main",
      join(home, "moved"),
      "openai",
    ]);
  });
});

describe("what cannot be read", () => {
  test("a directory that is empty, as one where something is mounted, counts as not searched", () => {
    const home = makeRoot();
    writeTree(home, { ".openclaw": null, ".clawdbot/x": "", ".moltbot-work": null, ".bashrc": "" });
    const { searched } = openHost({ homes: [home] }).read(NOW);
    const names = [".openclaw/", ".clawdbot", ".moltbot", ".moldbot", ".moltbot-work/"];
    expect(searched.toSorted()).toEqual(names.map((name) => `${home}/${name}`).toSorted());
  });

  test("nor does anything in a home that is empty", () => {
    const home = makeRoot();
    const { searched } = openHost({ homes: [home], logins: true, env: { HOME: home, CODEX_HOME: "/srv/x" } }).read(NOW);
    expect(searched.filter((path) => !path.endsWith("/"))).toEqual(["/srv/x/auth.json"]);
    expect(searched).toContain(`${home}/.claude/.credentials.json/`);
    writeTree(home, { ".bashrc": "" });
    expect(openHost({ homes: [home], logins: true }).read(NOW).searched).toContain(`${home}/.openclaw`);
  });

  test("searched tells where we looked", () => {
    const home = makeRoot();
    writeTree(home, { ".bashrc": "" });
    const reading = openHost({ homes: [home], logins: true }).read(NOW);
    expect(reading.searched).toEqual(
      expect.arrayContaining([
        join(home, ".openclaw"),
        join(home, ".moldbot"),
        join(home, ".claude/.credentials.json"),
      ]),
    );
  });

  test("a home that may be entered but not listed is a problem, and still asked for the usual names", () => {
    const home = makeRoot();
    writeTree(home, withStores(".openclaw"));
    chmodSync(home, 0o311);
    const reading = asNobody(() => openHost({ homes: [home] }).read(NOW));
    chmodSync(home, 0o700);
    expect(reading.problems).toMatchObject([{ reason: "permission_denied", path: home }]);
    expect(reading.installations.map(({ id }) => id)).toEqual(["openclaw"]);
  });

  test("a home that may not be entered is a problem and no installation", () => {
    const home = makeRoot();
    writeTree(home, withStores(".openclaw"));
    chmodSync(home, 0o000);
    const reading = asNobody(() => openHost({ homes: [home] }).read(NOW));
    chmodSync(home, 0o700);
    expect(reading.problems).toMatchObject([{ reason: "permission_denied", path: home }]);
    expect(reading.installations).toEqual([]);
  });

  test("a home that may no longer be entered keeps its installations, with problems", () => {
    const home = makeRoot();
    writeTree(home, withStores(".openclaw"));
    chmodSync(home, 0o755);
    chmodSync(join(home, ".openclaw"), 0o755);
    const host = openHost({ homes: [home] });
    const [before, after] = asNobody(() => {
      const first = host.read(NOW);
      if (process.getuid?.() === 0) process.seteuid?.(0);
      chmodSync(home, 0o000);
      return [first, asNobody(() => host.read(NOW))];
    });
    chmodSync(home, 0o700);
    expect(before?.installations[0]?.agents.map(({ id }) => id)).toEqual(["main"]);
    expect(after?.installations[0]?.agents.map(({ id }) => id)).toEqual(["main"]);
    expect(after?.problems).toMatchObject([{ reason: "permission_denied", path: home }]);
    expect(after?.installations[0]?.stores).toMatchObject([
      { owner: "_shared", problems: [{ path: home }] },
      { owner: "main", isUp: false, problems: [{ path: home }] },
    ]);
  });

  test.each([
    ["may not be entered", "permission_denied", (path: string) => chmodSync(path, 0o000)],
    ["leads back to itself", "symlink_loop", loop],
  ])("a state directory that %s is one problem, and none of its neighbour", (_, reason, spoil) => {
    const home = makeRoot();
    writeTree(home, { ...withStores(".openclaw"), ...withStores(".clawdbot") });
    for (const name of ["", ".openclaw", ".clawdbot"]) chmodSync(join(home, name), 0o755);
    spoil(join(home, ".openclaw"));
    const { installations, problems } = asNobody(() => openHost({ homes: [home] }).read(NOW));
    if (reason === "permission_denied") chmodSync(join(home, ".openclaw"), 0o700);
    const [broken, healthy] = installations;
    const told = [...problems, ...(broken?.problems ?? []), ...(broken?.stores.flatMap((one) => one.problems) ?? [])];
    expect(new Set(told.map(({ message }) => message)).size).toBe(1);
    expect(told[0]).toMatchObject({ reason, path: join(home, ".openclaw") });
    expect(healthy).toMatchObject({ id: "clawdbot", configPath: null, problems: [] });
  });

  test("an installation whose directory is gone is gone", () => {
    const home = makeRoot();
    writeTree(home, withStores(".openclaw"));
    const host = openHost({ homes: [home] });
    expect(host.read(NOW).installations).toHaveLength(1);
    rmSync(join(home, ".openclaw"), { recursive: true });
    mkdirSync(join(home, ".openclaw"));
    expect(host.read(NOW).installations).toEqual([]);
  });
});
