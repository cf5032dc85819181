import { mkdirSync, mkdtempSync, renameSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { createNotifier } from "../../src/alerts/notifier.ts";
import type { Notification } from "../../src/alerts/notification.ts";
import { DEFAULT_ALERT_POLICY } from "../../src/alerts/policy.ts";
import { renderMessage } from "../../src/alerts/render.ts";
import { openAlertStore } from "../../src/alerts/store-file.ts";
import type { Delivery } from "../../src/channels/channel.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import { inHours, token, writeHome } from "../commands/json-home.ts";
import { readAlertMemory } from "../../src/alerts/read-memory.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";
import { startServe } from "../run-serve.ts";
import { waitFor } from "../wait.ts";
import { buildInstallation, buildProfile, buildSnapshot, NOW } from "../snapshot-builder.ts";
import { channel, condition } from "./conditions-builder.ts";
import { DAY, HOUR, MINUTE, play } from "./timeline.ts";
import { hold, set } from "./worlds.ts";

const trouble = condition({ place: "/home/ada/.openclaw" });
const gone = hold([], [], [trouble.key]);

describe("what the config does not name any more", () => {
  test("is told of once, by its own name, and then no more", () => {
    const { lines, memory } = play({
      events: [
        [0, hold([trouble])],
        [HOUR, gone],
      ],
      lastMs: 9 * DAY,
    });
    expect(lines).toEqual(["0s mail: first warning expiring", "1h mail: unwatched warning expiring"]);
    expect([memory.told, memory.episodes]).toEqual([[], []]);
  });

  test("says nothing to who was told nothing, or wants no ends", () => {
    const channels = [channel({ minSeverity: "critical" }), channel({ name: "chat", sendResolved: false })];
    const { lines, memory } = play({ events: [[0, hold([trouble])], [HOUR, gone]], lastMs: DAY, channels }); // oxfmt-ignore
    expect(lines).toEqual(["0s chat: first warning expiring"]);
    expect(memory.told).toEqual([]);
  });

  test("waits for the end of quiet hours", () => {
    const quietHours = { from: "12:30", to: "14:00", timezone: "UTC" };
    const { lines } = play({
      events: [
        [0, hold([trouble])],
        [HOUR, gone],
      ],
      lastMs: DAY,
      channels: [channel({ quietHours })],
    });
    expect(lines.at(-1)).toBe("2h mail: unwatched warning expiring");
  });

  test("does not wait until it has stopped to come and go", () => {
    const flaps = Array.from({ length: 9 }, (_, at) => [at * MINUTE, hold(at % 2 === 0 ? [trouble] : [])] as const);
    const { lines } = play({ events: [...flaps, [20 * MINUTE, gone]], lastMs: DAY });
    expect(lines.slice(-2)).toEqual(["6m mail: flapping warning expiring", "20m mail: unwatched warning expiring"]);
  });

  test("is told of by a receiver that forgets until then, and ended there", () => {
    const { lines } = play({
      events: [
        [0, hold([trouble])],
        [10 * MINUTE, hold([], [trouble.key])],
        [20 * MINUTE, gone],
      ],
      lastMs: DAY,
      channels: [channel({ name: "am", refreshEveryMs: 5 * MINUTE })],
    });
    expect(lines).toEqual([
      "0s am: first warning expiring",
      "5m am: repeat warning expiring",
      "10m am: repeat warning expiring",
      "15m am: repeat warning expiring",
      "20m am: unwatched warning expiring",
    ]);
  });

  test("is news once it is named again", () => {
    const { lines } = play({
      events: [
        [0, hold([trouble])],
        [HOUR, gone],
        [2 * HOUR, hold([trouble])],
      ],
      lastMs: 3 * HOUR,
    });
    expect(lines.at(-1)).toBe("2h mail: first warning expiring");
  });

  test("is tried again for a month while its message is refused", () => {
    const { lines } = play({
      events: [
        [0, hold([trouble])],
        [HOUR, gone],
        [HOUR, set({ giveUp: true })],
      ],
      lastMs: 40 * DAY,
      everyMs: 6 * HOUR,
    });
    expect(lines.slice(1).filter((line) => !line.endsWith("mail: unwatched warning expiring"))).toEqual([]);
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.length).toBeLessThan(125);
  });

  test("is not taken for another installation that has its label by now", () => {
    const { lines } = play({
      events: [
        [0, hold([trouble])],
        [HOUR, hold([condition({ place: "/home/bob/.openclaw" })], [], [trouble.key])],
      ],
      lastMs: 2 * HOUR,
    });
    expect(lines).toEqual(["0s mail: first warning expiring", "1h mail: first warning expiring"]);
  });
});

describe("its message", () => {
  const item = { condition: trouble, startsAt: NOW, endsAt: NOW, because: "unwatched" } as const;
  const words = (over: Partial<Notification["items"][number]>): string => {
    const notification: Notification = {
      id: "n1",
      channel: "mail",
      createdAt: NOW,
      status: "resolved",
      severity: "warning",
      items: [{ ...item, ...over }],
    };
    const { text, html } = renderMessage(notification, { ...OPTIONS, emails: "masked" }, NOW);
    expect(text + html).not.toMatch(/resolved|mended|over since/i);
    return text;
  };
  const OPTIONS = { timezone: "UTC", runbookUrl: null, externalUrl: null };

  test("says that nobody looks, and not that it is over", () => {
    expect(words({})).toMatch(/^NO LONGER WATCHED ops@openclaw: anthropic:default was about to expire\n/);
    expect(words({})).toMatch(/Watched until: .*\nWhy now: {6} the config does not name it any more/);
  });

  test("says so too where it is the first word of it", () => {
    expect(words({ overSince: NOW })).toMatch(
      /^WAS WARNING ops@openclaw: anthropic:default was about to expire, no longer watched\n/,
    );
  });
});

describe("with the state in a file", () => {
  let directory: string;
  let now: Date;
  let sent: string[];
  let delivery: Delivery;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "agent-auth-unwatched-"));
    [now, sent, delivery] = [NOW, [], { kind: "delivered", detail: "" }];
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** One cycle of a process whose config has this scope. */
  async function cycle(
    scope: string,
    snapshot: Partial<Snapshot>,
    refreshEveryMs: number | null = null,
  ): Promise<void> {
    const note = (): void => undefined;
    const notifier = createNotifier({
      store: openAlertStore(directory, now),
      policy: { ...DEFAULT_ALERT_POLICY, groupWaitMs: 0, holdMs: {}, scope },
      channels: [
        {
          policy: channel({ refreshEveryMs }),
          channel: {
            async send({ items }) {
              if (delivery.kind === "delivered")
                sent.push(...items.map(({ because, endsAt }) => `${because} ${endsAt === null ? "holds" : "ends"}`));
              return delivery;
            },
            close: async () => undefined,
          },
        },
      ],
      render: () => ({ title: "", text: "", html: "", sections: [], commandOptions: "" }),
      log: { info: note, warn: note, error: note },
      now: () => now,
      random: () => 0.5,
    });
    notifier.handle(buildSnapshot({ at: now, generatedAt: now, ...snapshot }));
    await notifier.flush(5_000);
    await notifier.stop(0);
  }

  const expired = buildProfile({ status: "expired", verdict: "critical", verdictReason: "expired" });
  const names = [".openclaw", ".clawdbot", ".moltbot", ".moldbot"];
  const watched = {
    installations: [buildInstallation({ profiles: [expired], stateDir: "/home/ada/.openclaw" })],
    searched: names.map((name) => `/home/ada/${name}`),
  };
  const dropped = { installations: [], searched: names.map((name) => `/home/bob/${name}`) };
  const wait = (ms: number): void => void (now = new Date(now.getTime() + ms));

  test("it ends for the config that dropped it", async () => {
    await cycle("a", watched);
    wait(HOUR);
    await cycle("a", dropped);
    expect(sent).toEqual(["first holds", "unwatched ends"]);
  });

  test("it goes on where the config names it and it is not there", async () => {
    await cycle("a", watched, MINUTE);
    for (const searched of [["/home/*", ...dropped.searched], ["/home/ada"]]) {
      wait(HOUR);
      await cycle("a", { installations: [], searched }, MINUTE);
    }
    expect(sent).toEqual(["first holds", "repeat holds", "repeat holds"]);
  });

  test("it is left to another config until that did not look for a week", async () => {
    await cycle("a", watched, MINUTE);
    await cycle("b", watched, MINUTE);
    for (let day = 0; day < 6; day += 1) {
      wait(DAY);
      await cycle("a", dropped, MINUTE);
    }
    expect(sent).toEqual(["first holds"]);
    await cycle("b", watched, MINUTE);
    wait(2 * DAY);
    await cycle("a", dropped, MINUTE);
    expect(sent).toEqual(["first holds", "repeat holds"]);
    wait(6 * DAY);
    await cycle("a", dropped, MINUTE);
    await cycle("a", dropped, MINUTE);
    expect(sent).toEqual(["first holds", "repeat holds", "unwatched ends"]);
  });

  test.each([
    ["check --notify that is run by hand now and then", "one_run a", "lasting a"],
    ["serve that does not run any more", "lasting a", "one_run a"],
  ])("it is left for two hours to %s, since its config is the same", async (_name, other, own) => {
    await cycle(other, watched);
    await cycle(own, watched);
    wait(119 * MINUTE);
    await cycle(own, dropped);
    expect(sent).toEqual(["first holds"]);
    wait(MINUTE);
    await cycle(own, dropped);
    expect(sent).toEqual(["first holds", "unwatched ends"]);
  });

  test("it is told late as something that is not watched, and then its end", async () => {
    delivery = { kind: "retry", detail: "", retryAfterMs: null };
    await cycle("a", watched);
    delivery = { kind: "delivered", detail: "" };
    wait(HOUR);
    await cycle("a", dropped);
    expect(sent).toEqual(["unwatched ends", "unwatched ends"]);
  });

  test("another host ends with all that was told of it", async () => {
    const remote = {
      name: "vps",
      address: "https://vps",
      isUp: false,
      askedAt: null,
      lastSeenAt: null,
      lastCheckAt: null,
      verdict: "warning",
      problem: { reason: "unreachable", path: "https://vps", message: "vps does not answer", count: 1 },
    } as const;
    const theirs = buildInstallation({ id: "vps-openclaw", stateDir: "vps:/home/ada/.openclaw", profiles: [expired] });
    const up = { ...remote, isUp: true, verdict: "ok", problem: null } as const;
    const searched = names.map((name) => `vps:/home/ada/${name}`);
    await cycle("a", { installations: [theirs], remotes: [up], searched });
    wait(MINUTE);
    await cycle("a", { installations: [], remotes: [remote] });
    wait(MINUTE);
    await cycle("a", { installations: [], remotes: [] });
    expect(sent).toEqual(["first holds", "first holds", "unwatched ends", "unwatched ends"]);
  });
});

describe("the command line", () => {
  test.each([
    ["its directory", ".openclaw"],
    ["its home", "."],
  ])("check --notify takes nothing for mended that is not mounted: %s", async (_name, emptied) => {
    const agents = join(home.path, "agents");
    writeHome(agents, { "anthropic:manual": token(inHours(-1)) });
    writeHome(join(home.path, "other"), { "anthropic:manual": token() });
    writeFileSync(join(agents, ".bashrc"), "");
    const program = `process.stdin.pipe(require("fs").createWriteStream("${home.path}/said", { flags: "a" }))`;
    const argv = JSON.stringify([process.execPath, "-e", program]);
    writeFileSync(
      join(home.path, "config.yaml"),
      `discovery: { homes: ["${agents}", "${home.path}/other"], logins: false }\nchannels: [{ name: own, type: command, argv: ${argv} }]\n`,
    );
    const check = async () =>
      runCli(["check", "--notify", "--quiet", "--config.file", join(home.path, "config.yaml")], { home: home.path });
    await check();
    const before = said();
    expect(before).toHaveLength(2);
    renameSync(join(agents, emptied), join(home.path, "away"));
    mkdirSync(join(agents, emptied), { recursive: true });
    await check();
    expect(said()).toEqual(before);
    rmSync(join(agents, emptied), { recursive: true });
    if (emptied === ".") mkdirSync(agents);
    writeFileSync(join(agents, ".bashrc"), "");
    await check();
    expect(said().slice(2)).toEqual(["resolved agents-openclaw", "resolved agents-openclaw"]);
  });

  test("check --notify ends what was told of the only installation, once it is gone", async () => {
    const agents = join(home.path, "agents");
    writeHome(agents, { "anthropic:manual": token(inHours(-1)) });
    writeFileSync(join(agents, ".bashrc"), "");
    const program = `process.stdin.pipe(require("fs").createWriteStream("${home.path}/said", { flags: "a" }))`;
    const argv = JSON.stringify([process.execPath, "-e", program]);
    const file = join(home.path, "config.yaml");
    writeFileSync(
      file,
      `discovery: { homes: ["${agents}"], logins: false }\nchannels: [{ name: own, type: command, argv: ${argv} }]\n`,
    );
    const check = async () => runCli(["check", "--notify", "--config.file", file], { home: home.path });
    await check();
    rmSync(join(agents, ".openclaw"), { recursive: true });
    const { code, stdout } = await check();
    expect(code).toBe(3);
    expect(stdout).toContain("no OpenClaw, Clawdbot or Moltbot installation found");
    const [first, resolved] = ["first openclaw", "resolved openclaw"];
    expect(said()).toEqual([first, first, resolved, resolved]);
    await check();
    expect(said()).toHaveLength(4);
  });

  let home: ReturnType<typeof createTemporaryHome>;
  beforeEach(() => void (home = createTemporaryHome()));
  afterEach(() => home.remove());

  const said = (): readonly string[] =>
    readFileSync(join(home.path, "said"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .flatMap((line) => (JSON.parse(line) as { items: { because: string; installation: string }[] }).items)
      .map(({ because, installation }) => `${because} ${installation}`);

  test("check --notify leaves alone what serve watches, which may not have read the changed config yet", async () => {
    writeHome(join(home.path, "one"), { "anthropic:manual": token(inHours(-1)) });
    writeHome(join(home.path, "two"), { "anthropic:manual": token() });
    const file = join(home.path, "config.yaml");
    const write = (homes: readonly string[]): void =>
      writeFileSync(
        file,
        `discovery: { homes: ${JSON.stringify(homes.map((name) => join(home.path, name)))}, logins: false }
schedule: "0 0 1 1 *"
watch: false
channels: [{ name: own, type: command, argv: [/bin/true], minSeverity: info }]
`,
      );
    write(["one", "two"]);
    const storagePath = join(home.path, ".local/state/agent-auth-exporter");
    const serving = await startServe(["--config.file", file], { home: home.path });
    onTestFinished(() => serving.signal("SIGKILL"));
    await waitFor("what serve told", async () => {
      const memory = readAlertMemory(storagePath);
      return memory !== null && memory.told.length > 0 ? true : null;
    });
    write(["two"]);
    await runCli(["check", "--notify", "--quiet", "--config.file", file], { home: home.path });
    expect(readAlertMemory(storagePath)?.told.map(({ because }) => because)).toEqual(["first", "first"]);
  });

  test("check --notify tells of what was taken out of the config, and leaves alone what another place names", async () => {
    for (const name of ["one", "two"]) {
      writeHome(join(home.path, name), { "anthropic:manual": token(inHours(-1)) });
    }
    const write = (homes: readonly string[]): void => {
      const program = `process.stdin.pipe(require("fs").createWriteStream("${home.path}/said", { flags: "a" }))`;
      const argv = JSON.stringify([process.execPath, "-e", program]);
      const list = JSON.stringify(homes.map((name) => join(home.path, name)));
      const text = `discovery: { homes: ${list}, logins: false }\nchannels: [{ name: own, type: command, argv: ${argv} }]\n`;
      writeFileSync(join(home.path, "config.yaml"), text);
    };
    const check = async (env: Readonly<Record<string, string>> = {}) =>
      runCli(["check", "--notify", "--quiet", "--config.file", join(home.path, "config.yaml")], {
        home: home.path,
        env,
      });
    write(["one", "two"]);
    await check();
    const before = said();
    write(["one"]);
    await check({ OPENCLAW_STATE_DIR: "/srv/other" });
    expect(said()).toEqual(before);
    const { stdout } = await runCli(["notify", "preview", "--config.file", join(home.path, "config.yaml")], {
      home: home.path,
    });
    expect(stdout).toContain("NO LONGER WATCHED main@two-openclaw");
    await check();
    const both = ["unwatched two-openclaw", "unwatched two-openclaw"];
    expect([before.toSorted(), said().slice(before.length)]).toEqual([
      ["first one-openclaw", "first one-openclaw", "first two-openclaw", "first two-openclaw"],
      both,
    ]);
    await check();
    expect(said()).toHaveLength(before.length + both.length);
  });

  test("check --notify leaves alone what the same file names in another environment", async () => {
    for (const name of ["one", "two"]) {
      writeHome(join(home.path, name), { "anthropic:manual": token(inHours(-1)) });
    }
    const program = `process.stdin.pipe(require("fs").createWriteStream("${home.path}/said", { flags: "a" }))`;
    const argv = JSON.stringify([process.execPath, "-e", program]);
    const text = `discovery: { homes: ["\${AT:-${home.path}/one}", "${home.path}"], logins: false }\nchannels: [{ name: own, type: command, argv: ${argv} }]\n`;
    const file = join(home.path, "config.yaml");
    writeFileSync(file, text);
    const check = async (env: Readonly<Record<string, string>>) =>
      runCli(["check", "--notify", "--quiet", "--config.file", file], { home: home.path, env });
    await check({});
    const before = said();
    await check({ AT: join(home.path, "two") });
    expect(said().slice(before.length)).toEqual(["first two-openclaw", "first two-openclaw"]);
  });
});
