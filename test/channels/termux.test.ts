import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Condition } from "../../src/alerts/condition.ts";
import type { Notification } from "../../src/alerts/notification.ts";
import type { Channel } from "../../src/channels/channel.ts";
import { openChannels } from "../../src/channels/open.ts";
import { termux } from "../../src/channels/termux.ts";
import { createChannelTools } from "../../src/channels/tools.ts";
import { buildCondition, buildNotification, later, NOW } from "../alerts/sample-alerts.ts";
import { createFakeRoot, type FakeRoot, hasTermuxParts } from "../termux/fake-root.ts";
import { context, FIRING, messageOf } from "./sample.ts";

describe.runIf(hasTermuxParts())("notifications of Termux:API", () => {
  let root: FakeRoot;
  beforeEach(() => {
    root = createFakeRoot();
  });
  afterEach(() => root.remove());

  async function open(timeout = "30s", env: Readonly<Record<string, string>> = root.env): Promise<Channel> {
    const options = termux.schema.parse({ timeout });
    const policy = {
      name: "phone",
      match: [],
      minSeverity: "info",
      sendResolved: true,
      quietHours: null,
      evening: null,
      refreshEveryMs: null,
    } as const;
    const channels = [{ policy, type: "termux", options }];
    const [opened] = await openChannels({ channels, tools: createChannelTools(env, null), emails: "plain" });
    if (opened === undefined) throw new Error("no channel was opened");
    return opened.channel;
  }
  const sendBy = async (channel: Channel, notification: Notification) =>
    channel.send(notification, messageOf(notification, { emails: "plain" }), context());
  const send = async (notification: Notification) => sendBy(await open(), notification);
  const shown = () => Object.values(root.notifications());
  const names = () => root.calls().map(({ name }) => name);

  test("shows one per condition, by its severity, replaced by its id", async () => {
    expect(await send(FIRING)).toEqual({ kind: "delivered", detail: "shown or removed: 2" });
    await send(FIRING);
    expect(names()).toHaveLength(4);
    expect(shown()).toMatchObject([
      { priority: "max", group: "agent-auth", title: expect.stringContaining("CRITICAL") },
      { priority: "high", group: "agent-auth", title: expect.stringContaining("WARNING") },
    ]);
  });

  test("takes it away when the condition is over, whatever its installation is called by then", async () => {
    const condition = buildCondition({ key: "openclaw/main/expiry/a", place: "/home/ada/.openclaw" });
    await send(buildNotification({ id: "begin" }, [condition]));
    expect(shown()).toHaveLength(1);
    const renamed = { ...condition, key: "ada-openclaw/main/expiry/a", installation: "ada-openclaw" };
    await send(buildNotification({ id: "end", status: "resolved" }, [renamed]));
    expect(shown()).toEqual([]);
  });

  test.each([
    ["first", undefined],
    ["test", undefined],
    ["escalated", undefined],
    ["changed", true],
    ["reminder", true],
    ["repeat", true],
    ["evening", true],
    ["flapping", true],
  ] as const)(
    "told because %s, it rings again while it is on the screen unless that is old news",
    async (because, once) => {
      const built = buildNotification({ id: because });
      await send({ ...built, items: built.items.map((item) => ({ ...item, because })) });
      expect(shown()[0]?.["alert-once"]).toBe(once);
    },
  );

  test("says of a sample that it is a test, and takes it away again", async () => {
    const built = buildNotification({ id: "test" });
    const sample = { ...built, items: built.items.map((item) => ({ ...item, because: "test" as const })) };
    await send(sample);
    expect(shown()).toMatchObject([{ title: expect.stringMatching(/^TEST, not an alarm: CRITICAL /) }]);
    await send({
      ...sample,
      id: "end",
      status: "resolved",
      items: sample.items.map((item) => ({ ...item, endsAt: NOW })),
    });
    expect(shown()).toEqual([]);
  });

  test.each<[string, Partial<Condition>, string, string]>([
    [
      "expires",
      { reason: "expiring", summary: "the token anthropic:default of agent main is about to expire" },
      "anthropic:default expires 2026-09-21 20:33",
      "the token anthropic:default of agent main expires 2026-09-21 20:33 UTC+05:30",
    ],
    [
      "expires before a message could leave",
      { reason: "expiring", expiresAt: NOW, summary: "the token a of agent main is about to expire" },
      "anthropic:default expired meanwhile (2026-09-21 19:43)",
      "the token a of agent main expired. Expired: 2026-09-21 19:43 UTC+05:30",
    ],
    [
      "expired",
      { reason: "expired", expiresAt: NOW, summary: "the token a of agent main expired" },
      "anthropic:default expired (2026-09-21 19:43)",
      "the token a of agent main expired. Expired: 2026-09-21 19:43 UTC+05:30",
    ],
    [
      "ends for another reason",
      { reason: "token_age", summary: "the token a is old" },
      "anthropic:default is as old as such tokens get (2026-09-21 20:33)",
      "the token a is old. Expires: 2026-09-21 20:33 UTC+05:30",
    ],
    [
      "is shut out for a while",
      { family: "unusable", reason: "cooldown", summary: "the token a is in a cooldown" },
      "anthropic:default is in a cooldown until 2026-09-21 20:33",
      "the token a is in a cooldown. Usable from: 2026-09-21 20:33 UTC+05:30",
    ],
    [
      "leaves an agent without anything for a while",
      {
        family: "answer",
        profile: null,
        reason: "no_usable_credential",
        heldLike: "cooldown",
        summary: "agent main cannot answer: its only anthropic credential is in a cooldown",
      },
      "cannot answer, its only anthropic credential is in a cooldown until 2026-09-21 20:33",
      "agent main cannot answer: its only anthropic credential is in a cooldown. Usable from: 2026-09-21 20:33 UTC+05:30",
    ],
    [
      "nobody knows",
      {
        family: "remote",
        profile: null,
        reason: "unreachable",
        expiresAt: null,
        knownAt: later(-3 * 3_600_000),
        summary: "vps is not known: no answer",
      },
      "host does not answer",
      "vps is not known: no answer. Last seen: 2026-09-21 16:43 UTC+05:30",
    ],
    [
      "is said in a whole sentence",
      { summary: "this is a test.", reason: "expired", expiresAt: later(-3 * 3_600_000) },
      "anthropic:default expired (2026-09-21 16:43)",
      "this is a test. Expired: 2026-09-21 16:43 UTC+05:30",
    ],
    [
      "has no end",
      { expiresAt: null, summary: "the token a expired" },
      "anthropic:default expired",
      "the token a expired",
    ],
  ])("says of what %s nothing that time makes untrue", async (_name, given, title, content) => {
    const condition = buildCondition({ severity: "warning", expiresAt: later(50 * 60_000), ...given });
    const notification = buildNotification({ id: "lasting" }, [condition]);
    const message = messageOf(notification, { timezone: "Asia/Kolkata" });
    await (await open()).send(notification, message, context());
    expect(shown()).toMatchObject([{ title: `WARNING main@openclaw: ${title}`, content }]);
  });

  test("shows no address, though the config sends them, and no command", async () => {
    const condition = buildCondition({
      profile: "anthropic:ada@example.com",
      summary: "the token anthropic:ada@example.com expired",
      action: "openclaw models auth login --profile anthropic:ada@example.com",
    });
    await send(buildNotification({ id: "address" }, [condition]));
    const [{ title, content } = {}] = shown();
    expect(`${title} ${content}`).toContain("anthropic:a***@example.com");
    expect(`${title} ${content}`).not.toMatch(/ada@|openclaw models/);
  });

  test("tells two apart that are masked alike, whatever the config says of addresses", async () => {
    const conditions = ["ada", "alice"].map((name, at) =>
      buildCondition({ key: `openclaw/main/expiry/${name}`, profile: `x:${name}@example.com`, apart: `~402${at}` }),
    );
    await send(buildNotification({ id: "alike" }, conditions));
    expect(shown().map(({ title }) => /x:\S+/.exec(String(title))?.[0])).toEqual([
      "x:a***@example.com~4020",
      "x:a***@example.com~4021",
    ]);
  });

  test("a text that begins as an option does is shown as it is", async () => {
    for (const summary of ["-n", "--content", "-e \\t"]) {
      await send(buildNotification({ id: summary }, [buildCondition({ summary })]));
      expect(shown()[0]?.content).toContain(summary);
      expect(shown()[0]?.content).not.toMatch(/^-/);
    }
  });

  test("runs one program at a time and shows the gravest of very many, with one line for the others", async () => {
    const conditions = Array.from({ length: 30 }, (_, at) => buildCondition({ key: `openclaw/main/expiry/p${at}` }));
    expect(await send(buildNotification({ id: "many" }, conditions))).toMatchObject({ kind: "delivered" });
    expect(shown()).toHaveLength(21);
    expect(root.notifications()["agent-auth-more"]?.title).toBe("+10 more than can be shown");
    await send(buildNotification({ id: "over", status: "resolved" }, conditions));
    expect(Object.keys(root.notifications())).toEqual(["agent-auth-more"]);
  });

  test("without the app the first call that hangs ends the attempt", async () => {
    const channel = await open("300ms");
    root.setApp(false);
    const failed = await sendBy(channel, FIRING);
    expect(failed).toMatchObject({
      kind: "retry",
      detail: expect.stringContaining("is the Termux:API app installed?"),
    });
    expect(failed.detail).toContain("not shown: CRITICAL main@openclaw");
    expect(new Set(names())).not.toContain("termux-toast");
  });

  test("goes on where an attempt broke off", async () => {
    const channel = await open();
    const conditions = ["a", "b", "c"].map((id) => buildCondition({ key: `openclaw/main/expiry/${id}` }));
    const notification = buildNotification({ id: "three" }, conditions);
    // The second one fails once.
    const real = join(root.prefix, "bin/termux-notification");
    const script = `#!${root.prefix}/bin/sh\necho x >> ${root.home}/n\n[ "$(wc -l < ${root.home}/n)" -eq 2 ] && exit 1\n`;
    const before = readFileSync(real, "utf8");
    writeFileSync(real, `${script}${before.split("\n").slice(1).join("\n")}`, { mode: 0o755 });
    expect(await sendBy(channel, notification)).toMatchObject({ kind: "retry" });
    expect(shown()).toHaveLength(1);
    expect(await sendBy(channel, notification)).toMatchObject({ kind: "delivered" });
    expect(shown()).toHaveLength(3);
    expect(names().filter((name) => name === "termux-notification")).toHaveLength(3);
  });

  test("where it cannot be shown a toast says so once, and the message waits", async () => {
    rmSync(join(root.prefix, "bin/termux-notification"));
    const channel = await open();
    const failed = await sendBy(channel, FIRING);
    expect(failed).toMatchObject({ kind: "retry", detail: expect.stringContaining("run pkg install termux-api") });
    await sendBy(channel, FIRING);
    expect(root.calls()).toMatchObject([{ name: "termux-toast", args: expect.arrayContaining(["-g", "top"]) }]);
    expect(root.calls()[0]?.args.at(-1)).toContain("CRITICAL main@openclaw");
  });

  test("finds its programs without a PATH, and hands on what Android's own need, but no key of an agent", async () => {
    const { PATH: _none, ...bare } = root.env;
    const env = { ...bare, ANDROID_ROOT: "/system", BOOTCLASSPATH: "/apex", OPENAI_API_KEY: "CANARY-key" };
    expect(await sendBy(await open("30s", env), FIRING)).toMatchObject({ kind: "delivered" });
    expect(root.calls()[0]?.env).toMatchObject({
      ANDROID_ROOT: "/system",
      BOOTCLASSPATH: "/apex",
      PREFIX: root.prefix,
    });
    expect(JSON.stringify(root.calls())).not.toContain("CANARY");
  });
});
