import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Notification } from "../../src/alerts/notification.ts";
import { termux } from "../../src/channels/termux.ts";
import { createChannelTools } from "../../src/channels/tools.ts";
import { buildCondition, buildNotification } from "../alerts/sample-alerts.ts";
import { context, FIRING, messageOf } from "./sample.ts";

/** Takes the options of the real termux-notification, refuses any other as it does, and notes what it was given. */
const NOTIFICATION = `
note=$LOG/notification; : > "$note.new"
while [ $# -gt 0 ]; do
  case "$1" in
    --id|--group|--title|--content|--action|--icon|--sound|--channel|--type|--on-delete|--image-path) ;;
    --button1|--button1-action|--button2|--button2-action|--button3|--button3-action) ;;
    --priority) case "$2" in high|low|max|min|default) ;; *) exit 1 ;; esac ;;
    *) echo "illegal option -- '$1'" >&2; exit 1 ;;
  esac
  [ $# -ge 2 ] || exit 1
  printf '%s\\0%s\\0' "$1" "$2" >> "$note.new"
  shift 2
done
cat "$note.new" >> "$note"; printf '\\0' >> "$note"
`;
const REMOVE = `[ $# -eq 1 ] || exit 1; printf '%s\\n' "$1" >> $LOG/removed`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-termux-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function install(name: string, content: string): void {
  writeFileSync(join(directory, name), `#!/bin/sh\nLOG=${directory}\n${content}\n`, { mode: 0o755 });
}

async function send(notification: Notification, path = `${directory}:/usr/bin:/bin`) {
  const tools = createChannelTools({ PATH: path, PREFIX: "/data/data/com.termux/files/usr" }, null);
  const channel = await termux.create(termux.schema.parse({ timeout: "10s" }), tools);
  return channel.send(notification, messageOf(notification), context());
}

/** The options of each notification that was shown. */
function shown(): readonly Readonly<Record<string, string>>[] {
  const records = readFileSync(join(directory, "notification"), "utf8").split("\0\0").filter(Boolean);
  return records.map((record) => {
    const words = record.split("\0");
    return Object.fromEntries(words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1] ?? ""]] : [])));
  });
}

test("shows one notification per condition, by its severity, replaced by its id", async () => {
  install("termux-notification", NOTIFICATION);
  expect(await send(FIRING)).toEqual({ kind: "delivered", detail: "shown or removed: 2" });
  await send(FIRING);
  const all = shown();
  expect(all).toHaveLength(4);
  expect(all.slice(0, 2).map((one) => one["--id"])).toEqual(all.slice(2).map((one) => one["--id"]));
  expect(all[0]?.["--id"]).not.toBe(all[1]?.["--id"]);
  expect(all.slice(0, 2).map((one) => one["--priority"])).toEqual(["max", "high"]);
  expect(all[0]).toMatchObject({ "--group": "agent-auth", "--title": expect.stringContaining("CRITICAL") });
});

test("keeps the command off the lock screen and behind a button, with absolute paths", async () => {
  install("termux-notification", NOTIFICATION);
  await send(FIRING);
  const [one = {}] = shown();
  expect(`${one["--title"]} ${one["--content"]}`).not.toContain("auth login");
  expect(one["--button1"]).toBe("Copy command");
  expect(one["--button1-action"]).toMatch(/^'\/data\/data\/com\.termux\/files\/usr\/bin\/termux-clipboard-set' '/);
  expect(one["--button2"]).toBe("Silence 8h");
  expect(one["--button2-action"]).toMatch(/^'\/.+' '.+' notify silence add '.+' --for 8h$/);
});

test("a command with quotes in it stays one word for the shell behind the button", async () => {
  install("termux-notification", NOTIFICATION);
  const action = `openclaw models auth login --agent "it's $(touch ${directory}/pwned)"`;
  await send(buildNotification({ id: "quoted" }, [buildCondition({ action })]));
  const program = join(directory, "clipboard");
  writeFileSync(program, `#!/bin/sh\nprintf '%s' "$1" > ${directory}/copied\n`, { mode: 0o755 });
  const pressed = (shown()[0]?.["--button1-action"] ?? "").replace(/^'[^']+'/, `'${program}'`);
  execFileSync("sh", ["-c", pressed]);
  expect(readFileSync(join(directory, "copied"), "utf8")).toBe(action);
  expect(existsSync(join(directory, "pwned"))).toBe(false);
});

test("takes the notification away when the condition is over", async () => {
  install("termux-notification", NOTIFICATION);
  install("termux-notification-remove", REMOVE);
  const conditions = [buildCondition()];
  await send(buildNotification({ id: "begin" }, conditions));
  await send(buildNotification({ id: "end", status: "resolved" }, conditions));
  expect(readFileSync(join(directory, "removed"), "utf8").trim()).toBe(shown()[0]?.["--id"]);
});

test("without Termux:API a toast says so, and the message is refused with the remedy", async () => {
  install("termux-toast", `printf '%s\\n' "$3" > $LOG/toast`);
  expect(await send(FIRING, directory)).toEqual({
    kind: "refused",
    detail: "termux-notification is not installed; run pkg install termux-api",
  });
  expect(readFileSync(join(directory, "toast"), "utf8")).toContain("CRITICAL");
});

test("the shim refuses what the real program does not know", () => {
  install("termux-notification", NOTIFICATION);
  expect(() => execFileSync(join(directory, "termux-notification"), ["--colour", "red"], { stdio: "ignore" })).toThrow(
    "Command failed",
  );
});
