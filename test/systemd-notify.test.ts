import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectSupervisor, type Supervisor } from "../src/systemd-notify.ts";
import { waitFor } from "./wait.ts";

let directory: string;
let supervisor: Supervisor;
let faults: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-notify-"));
  // Notes one line for each message, as the socket would get it.
  install('printf "%s|" "$@" >> $LOG; echo >> $LOG');
  faults = [];
});
afterEach(async () => {
  await supervisor.stopping();
  rmSync(directory, { recursive: true, force: true });
});

function install(script: string): void {
  const text = `#!/bin/sh\nLOG=${directory}/told\n[ "$NOTIFY_SOCKET" = /run/other ] && LOG=${directory}/other\n[ -n "$NOTIFY_SOCKET" ] || exit 9\n${script}\n`;
  writeFileSync(join(directory, "systemd-notify"), text, { mode: 0o755 });
}

function open(env: Readonly<Record<string, string>> = {}): void {
  supervisor = connectSupervisor({
    env: { PATH: `${directory}:/usr/bin:/bin`, NOTIFY_SOCKET: "/run/socket", ...env },
    onError: (detail) => faults.push(detail),
  });
}

function told(name = "told"): readonly string[] {
  const path = join(directory, name);
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
}

test("ready with the first check, a status when it changes, and the end", async () => {
  open();
  supervisor.checked("1 profile", null);
  supervisor.checked("1 profile", null);
  supervisor.checked("2 profiles", null);
  await supervisor.stopping();
  supervisor.checked("3 profiles", null);
  expect(told()).toEqual(["READY=1|STATUS=1 profile|", "STATUS=2 profiles|", "STOPPING=1|STATUS=stopping|"]);
  expect(faults).toEqual([]);
});

test("a reload that works", async () => {
  open();
  supervisor.checked("1 profile", null);
  await supervisor.whileReloading(async () => supervisor.checked("2 profiles", null));
  await supervisor.stopping();
  expect(told().map((line) => line.replace(/\d{6,}/, "NOW"))).toEqual([
    "READY=1|STATUS=1 profile|",
    "RELOADING=1|MONOTONIC_USEC=NOW|",
    "STATUS=2 profiles|",
    "READY=1|",
    "STOPPING=1|STATUS=stopping|",
  ]);
});

test("a reload that fails goes on as before, and the next check says how it is again", async () => {
  open();
  supervisor.checked("1 profile", null);
  await expect(supervisor.whileReloading(() => Promise.reject(new Error("bad")))).rejects.toThrow("bad");
  supervisor.checked("1 profile", null);
  await supervisor.stopping();
  expect(told().slice(2)).toEqual([
    "READY=1|STATUS=a config cannot be used; the one before stays in force|",
    "STATUS=1 profile|",
    "STOPPING=1|STATUS=stopping|",
  ]);
});

test("a reload before the first check makes nothing ready", async () => {
  open();
  await supervisor.whileReloading(() => Promise.resolve());
  await supervisor.stopping();
  expect(told()).toEqual(["STOPPING=1|STATUS=stopping|"]);
});

function meals(name = "told"): number {
  return told(name).filter((line) => line === "WATCHDOG=1|").length;
}

/** As long as another, opened later, takes to be fed several times. */
async function passMeals(): Promise<void> {
  const env = { PATH: `${directory}:/usr/bin:/bin`, NOTIFY_SOCKET: "/run/other", WATCHDOG_USEC: "20000" };
  const other = connectSupervisor({ env, onError: (detail) => faults.push(detail) });
  other.checked("", null);
  await waitFor("meals of the other", () => (meals("other") >= 3 ? true : null));
  await other.stopping();
}

test("the watchdog is fed from the first check on", async () => {
  open({ WATCHDOG_USEC: "20000", WATCHDOG_PID: String(process.pid) });
  supervisor.checked("1 profile", null);
  await waitFor("three meals", () => (meals() >= 3 ? true : null));
  expect(told()[0]).toBe("READY=1|STATUS=1 profile|");
});

test("the watchdog starves while a check is overdue, and is fed again after the next", async () => {
  open({ WATCHDOG_USEC: "20000" });
  supervisor.checked("1 profile", 0);
  await passMeals();
  expect(meals()).toBe(0);
  supervisor.checked("1 profile", 3_600_000);
  await waitFor("a meal", () => (meals() > 0 ? true : null));
});

test.each([
  ["no watchdog", {}],
  ["a watchdog of another process", { WATCHDOG_USEC: "20000", WATCHDOG_PID: "1" }],
  ["nonsense", { WATCHDOG_USEC: "soon" }],
])("%s: nothing is fed", async (_name, env) => {
  open(env);
  supervisor.checked("1 profile", null);
  await passMeals();
  await supervisor.stopping();
  expect(meals()).toBe(0);
});

test("what cannot be told is complained about once", async () => {
  install("exit 1");
  open();
  supervisor.checked("1 profile", null);
  supervisor.checked("2 profiles", null);
  await supervisor.stopping();
  expect(faults).toEqual(["systemd-notify failed (1)"]);
});

test("no systemd-notify at all", async () => {
  open({ PATH: "/nonexistent" });
  supervisor.checked("1 profile", null);
  await supervisor.stopping();
  expect(faults).toEqual(["systemd-notify failed (ENOENT)"]);
});
