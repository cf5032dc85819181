import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Notification } from "../../test/termux/fake-root.ts";
import { waitFor } from "../../test/wait.ts";
import { describeEnd, listWithoutNpm, type Phone, readLines } from "./phone.ts";

/** A crontab is looked at once a minute. */
const CRON_MS = 150_000;

/** A way to have it run, and how one of its periods passes. */
export interface Way {
  readonly name: "service" | "job" | "cron";
  prepare(phone: Phone): Promise<void>;
  pass(phone: Phone): Promise<void>;
  /** How long what it finds may take to show. */
  readonly withinMs: number;
}

export const WAYS: readonly Way[] = [
  { name: "service", prepare: async () => undefined, pass: async () => undefined, withinMs: 60_000 },
  { name: "job", prepare: async () => undefined, pass: runJobs, withinMs: 0 },
  { name: "cron", prepare: addCron, pass: everyMinute, withinMs: CRON_MS },
];

/** Installs as the README says, and goes through all that an agent on a phone and its phone go through. */
export async function followCourse(phone: Phone, way: Way): Promise<void> {
  const { root } = phone;
  await way.prepare(phone);
  const before = listWithoutNpm(root);
  // The last line installs with the best way there is, unless told which.
  await phone.type(`${readLines("install").join("\n")} --${way.name}`);
  await root.reboot();
  await way.pass(phone);
  assert.deepEqual(root.notifications(), {}, "nothing is told of what is well");

  phone.setExpiry(5);
  await way.pass(phone);
  const told = await phone.shown(way.withinMs);
  assert.match(told.title ?? "", /expires \d{4}-\d\d-\d\d \d\d:\d\d$/);
  await pressAll(phone, told);

  await root.reboot();
  await way.pass(phone);
  assert.equal((await phone.shown(way.withinMs)).title, told.title, "it is shown again after a reboot");
  const { length } = root.calls();
  await way.pass(phone);
  assert.equal(root.calls().length, length, "once");

  // Before the reboot, which empties the screen by itself.
  phone.setExpiry(2_000);
  await way.pass(phone);
  await phone.blank(way.withinMs);
  await root.reboot();
  await way.pass(phone);
  assert.deepEqual(root.notifications(), {}, "what is mended is not shown again");

  phone.setExpiry(-1);
  await way.pass(phone);
  assert.match((await phone.shown(way.withinMs)).title ?? "", /expired/, "what comes back is told again");
  phone.setExpiry(2_000);
  await way.pass(phone);
  await phone.blank(way.withinMs);

  if (way.name === "service") await testSupervision(phone);
  const lines = readLines("uninstall");
  await phone.type(lines.slice(0, -1).join("\n"));
  assert.deepEqual(root.jobs(), {}, "nothing of ours will run");
  // runsvdir looks every five seconds.
  await waitFor("all of ours to end", () => (runningOurs(phone).length === 0 ? true : null), 30_000);
  await phone.type(lines.at(-1) ?? "");
  assert.deepEqual(withoutOthers(listWithoutNpm(root)), withoutOthers(before), "the root is as it was");
}

/** Goes from each way to the next with what the user's shell says of places, which is where all of them keep their state. */
export async function switchWays(phone: Phone): Promise<void> {
  const { root } = phone;
  await addCron(phone);
  const state = `${root.home}/of mine`;
  const places = `export XDG_STATE_HOME='${state}'\n`;
  const before = listWithoutNpm(root);
  const [first, ...others] = WAYS;
  await phone.type(`${places}${readLines("install").join("\n")} --${first?.name}`);
  for (const [index, way] of others.entries()) {
    const said = await phone.type(`${places}agent-auth install termux --${way.name}`);
    assert.match(said, /^it takes the place of the \w/m, "what is gone is said");
    await root.reboot();
    const left = WAYS.filter(({ name }) => isThere(phone, name)).map(({ name }) => name);
    assert.deepEqual(left, [way.name], "one way is there");
    await waitFor("the others to end", () => (runningOurs(phone).length === 0 ? true : null), 30_000);
    phone.setExpiry(5);
    await way.pass(phone);
    await phone.shown(way.withinMs);
    const told = await phone.type(`${places}agent-auth notify history`);
    assert.equal(told.match(/ first /g)?.length, index + 1, "the shell looks into the same state");
    phone.setExpiry(2_000);
    await way.pass(phone);
    await phone.blank(way.withinMs);
  }
  assert.equal(existsSync(`${root.outside(root.home)}/.local`), false, "there is no second state");
  await phone.type(`${places}${readLines("uninstall").join("\n")}`);
  await waitFor("all of ours to end", () => (runningOurs(phone).length === 0 ? true : null), 30_000);
  assert.deepEqual(withoutOthers(listWithoutNpm(root)), withoutOthers(before), "the root is as it was");
}

function isThere({ root }: Phone, way: Way["name"]): boolean {
  const prefix = root.outside(root.prefix);
  if (way === "service") return existsSync(join(prefix, "var/service/agent-auth"));
  if (way === "job") return Object.keys(root.jobs()).length > 0;
  const crontab = join(prefix, "var/spool/cron/u0_a123");
  return existsSync(crontab) && readFileSync(crontab, "utf8").includes("agent-auth");
}

/** Each button, as Android runs it, and what comes of it. */
async function pressAll(phone: Phone, told: Notification): Promise<void> {
  const { root } = phone;
  assert.deepEqual([told.button1, told.button2, told.button3], ["What to do", "Snooze 8 h", "Re-check"]);
  const press = async (action: unknown): Promise<string | undefined> => {
    const end = await root.press(action);
    assert.deepEqual([end.code, end.stderr], [0, ""], describeEnd(end));
    return root
      .calls()
      .filter(({ name }) => name === "termux-toast")
      .at(-1)
      ?.args.at(-1);
  };
  assert.match((await press(told["button1-action"])) ?? "", /^Copied: /);
  assert.match(root.clipboard(), /openclaw models auth paste-token/);
  assert.match((await press(told["button2-action"])) ?? "", /^Snoozed for 8 hours/);
  assert.deepEqual(root.notifications(), {}, "what is snoozed is gone");
  const silences = JSON.parse(await phone.type("agent-auth notify silence list --json")) as readonly { id: string }[];
  assert.equal(silences.length, 1, "one thing is snoozed");
  assert.equal(await press(told["button3-action"]), "Something still needs you");
  assert.deepEqual(root.notifications(), {}, "and stays away");
  for (const { id } of silences) await phone.type(`agent-auth notify silence expire '${id}'`);
  await press(told["button3-action"]);
  const back = await phone.shown(0);
  assert.deepEqual([back["id"], back.title], [told["id"], told.title], "it comes back when that is over");
}

/** runsv starts it again, and svlogd keeps what it says. */
async function testSupervision({ root }: Phone): Promise<void> {
  const findServe = (): number | null => root.processes().find((pid) => commandOf(pid).includes(" serve")) ?? null;
  const first = await waitFor("the service", findServe);
  process.kill(first, "SIGKILL");
  await waitFor("another one", () => (findServe() === first ? null : findServe()));
  const log = readFileSync(join(root.outside(root.prefix), "var/log/sv/agent-auth/current"), "utf8");
  assert.match(log, /serving/, "svlogd keeps a log");
  assert.doesNotMatch(log, /CANARY/);
}

async function runJobs({ root }: Phone): Promise<void> {
  const ends = await root.runJobs();
  assert.equal(ends.length, 1, "one job is scheduled, and outlives a reboot");
  for (const end of ends) assert.equal(end.stdout + end.stderr, "", describeEnd(end));
}

async function addCron(phone: Phone): Promise<void> {
  phone.root.addCron("u0_a123");
  await Promise.resolve();
}

/** Cron keeps to its line; a test has no quarter of an hour. */
async function everyMinute(phone: Phone): Promise<void> {
  await phone.type("crontab -l | sed 's|^[*]/15 |* |' | crontab -");
  phone.root.runCron();
}

function runningOurs({ root }: Phone): readonly string[] {
  return root
    .processes()
    .map(commandOf)
    .filter((command) => command.includes("agent-auth"));
}

function commandOf(pid: number): string {
  const path = `/proc/${pid}/cmdline`;
  return existsSync(path) ? readFileSync(path, "utf8").replaceAll("\0", " ") : "";
}

/** The agent writes its store, and the managers of services and of cron, which are not ours, say that they run. */
function withoutOthers(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !OTHERS.test(line));
}

const OTHERS = /\/auth-profiles\.json |\/service-daemon\.pid |\/crond\.(?:wanted|log) |\/cron\.update /;
