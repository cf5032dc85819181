import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Finished } from "../../test/termux/fake-root.ts";
import { waitFor } from "../../test/wait.ts";
import { describeEnd, installHere, type Phone } from "./phone.ts";

/** As many as have to come before the end of what they are for. */
const KILLS = 50;
const SEED = 20_261_120;
const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
/** What a job or a line of cron is run in. */
const PERIOD_S = 900;
const FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
/** Far longer than the deadline of one call of Termux:API. */
const HANG_MS = 120_000;

/** Kills a check at any moment, alone or with all that it started; what the next period leaves on the screen is the truth. */
export async function killAtRandom(phone: Phone): Promise<void> {
  await prepare(phone);
  addFaketime(phone);
  const random = createRandom(SEED);
  let periods = 0;
  const nextPeriod = (): number => {
    periods += 1;
    return periods * PERIOD_S;
  };
  const startedAt = performance.now();
  await checkAt(phone, nextPeriod());
  const usualMs = performance.now() - startedAt;
  let [cutShort, episodes, at] = [0, 0, 0];
  for (; cutShort < KILLS; at++) {
    assert(at < 4 * KILLS, `${cutShort} of ${at} kills came before the end`);
    const isBad = at % 2 === 0;
    if (isBad) episodes += 1;
    phone.setExpiry((isBad ? 5 : 2_000) + (periods * PERIOD_S) / HOUR_S);
    const child = phone.root.start(atClock(phone, nextPeriod()));
    const ended = new Promise((resolve) => child.once("close", resolve));
    await setTimeout(random() * usualMs * 1.5);
    if (child.exitCode === null) cutShort += 1;
    if (random() < 0.5) child.kill("SIGKILL");
    else await phone.root.kill();
    await ended;
    // What it had started may still be at it when the next one starts.
    await checkAt(phone, nextPeriod());
    const shown = Object.values(phone.root.notifications());
    assert.equal(shown.length, isBad ? 1 : 0, `kill ${at}: ${isBad ? "told" : "taken back"}`);
    if (at % 5 !== 0) continue;
    const before = phone.root.calls().length;
    await checkAt(phone, nextPeriod());
    assert.equal(phone.root.calls().length, before, `kill ${at}: told enough`);
  }
  const calls = phone.root.calls().filter(({ name }) => name === "termux-notification").length;
  assert(calls >= episodes && calls <= 2 * episodes, `${calls} notifications of ${episodes} conditions`);
  const messages = JSON.parse(await phone.type("agent-auth notify outbox --json")) as readonly { state: string }[];
  assert.deepEqual(new Set(messages.map(({ state }) => state)), new Set(["delivered"]), "nothing waits");
  console.log(`   ${at} kills, ${cutShort} of them before the end: 0 lost, ${calls - episodes} shown again`);
}

/** A small disk for all of $HOME, full when the token is about to end. */
export async function fillTheDisk(phone: Phone): Promise<void> {
  const { root } = phone;
  const [home, kept] = [root.outside(root.home), `${root.outside(root.home)}-kept`];
  await prepare(phone);
  execFileSync("cp", ["-a", home, kept]);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", home]);
  try {
    execFileSync("cp", ["-aT", kept, home]);
    rmSync(kept, { recursive: true });
    root.adopt();
    await check(phone);
    phone.setExpiry(5);
    await root.run(["sh", "-c", "cat /dev/zero >full; cat /dev/zero >>full"]);
    const full = await run(phone);
    assert.equal(full.code, 2, describeEnd(full));
    assert.match(full.stderr, /^agent-auth: alert state: the disk is full[^\n]*\n$/);
    await phone.shown(0);
    const told = root.calls().length;
    assert.equal((await run(phone)).code, 2);
    assert.equal(root.calls().length, told, "told once, also with a full disk");
    console.log(`   with a full disk: exit ${full.code}, ${full.stderr.trim() || "no complaint"}`);
    await phone.type("rm full");
    await check(phone);
    await phone.shown(0);
    phone.setExpiry(2_000);
    await check(phone);
    await phone.blank(0);
  } finally {
    await root.kill();
    execFileSync("umount", [home]);
  }
}

/** Termux:API without its app: every call hangs, and none of ours does. */
export async function loseTheApp(phone: Phone): Promise<void> {
  await prepare(phone);
  phone.setExpiry(5);
  phone.root.setApp(false);
  const ended = await Promise.race([run(phone), setTimeout(HANG_MS, null, { ref: false })]);
  assert(ended !== null, "it ends");
  assert.equal(ended.code, 2, describeEnd(ended));
  assert.match(ended.stderr, /is the Termux:API app installed\?/);
  assert.deepEqual(phone.root.processes(), [], "nothing is left behind");
  phone.root.setApp(true);
  await waitFor("it to be tried again", async () => check(phone).then(() => phone.shown(0)), HANG_MS);
}

/** What the next minute makes untrue. */
const FLEETING = /\bin \d+[smhd]|\d[smhd] (?:ago|left)|about to/;

/** Days that the clock is ahead, hours from now to the end of the token, and what the screen says by that clock. */
const JUMPS: readonly (readonly [number, number, RegExp])[] = [
  [0, 5, /^[^,]*expires \d{4}-[^,]*$/],
  [-1, 5, /^$/],
  [0, 5, /^[^,]*expires \d{4}-[^,]*$/],
  [30, 5, /expired \(\d{4}-/],
  [0, 2_000, /^$/],
  [0, -1, /expired \(\d{4}-/],
  [-30, 2_000, /^$/],
  [0, 5, /^[^,]*expires \d{4}-[^,]*$/],
];

/** The wall clock goes a day back and a month ahead; a token's end is where it is. */
export async function jumpTheClock(phone: Phone): Promise<void> {
  await prepare(phone);
  addFaketime(phone);
  for (const [days, hours, wanted] of JUMPS) {
    phone.setExpiry(hours);
    await checkAt(phone, days * DAY_S);
    const shown = Object.values(phone.root.notifications());
    const titles = shown.map(({ title }) => title);
    assert.match(titles.join(), wanted, `${days} days ahead of now, ${hours} hours before the end`);
    for (const { title, content } of shown) assert.doesNotMatch(`${title} ${content}`, FLEETING);
  }
}

/** Android hides its processors from apps. */
export async function hideProcessors(phone: Phone): Promise<void> {
  await prepare(phone);
  const preload = join(phone.root.outside(phone.root.home), "no-cpus.cjs");
  writeFileSync(preload, 'const os = require("node:os");\nos.cpus = () => [];\nos.availableParallelism = () => 0;\n');
  phone.root.adopt();
  const env = { NODE_OPTIONS: `--require=${phone.root.home}/no-cpus.cjs` };
  phone.setExpiry(5);
  const end = await run(phone, env);
  assert.deepEqual([end.code, end.stderr], [2, ""], describeEnd(end));
  await phone.shown(0);
}

async function prepare(phone: Phone): Promise<void> {
  await installHere(phone);
  const directory = join(phone.root.outside(phone.root.home), ".config/agent-auth-exporter");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "config.yaml"), "channels: [{ name: phone, type: termux, timeout: 5s }]\n");
  phone.root.adopt();
}

function addFaketime({ root }: Phone): void {
  copyFileSync(FAKETIME, join(root.outside("/lib"), "libfaketime.so.1"));
}

/** Command line of a check whose wall clock, and that of all that it starts, is so many seconds ahead. */
function atClock({ root }: Phone, seconds: number): readonly string[] {
  const clock = `LD_PRELOAD=/lib/libfaketime.so.1 FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME=${seconds < 0 ? "" : "+"}${seconds}`;
  return ["sh", "-c", `${clock} exec node ${root.prefix}/bin/agent-auth check --notify --quiet`];
}

async function checkAt(phone: Phone, seconds: number): Promise<void> {
  const end = await phone.root.run(atClock(phone, seconds));
  assert.equal(end.stderr, "", describeEnd(end));
}

async function run({ root }: Phone, env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  return root.run(["node", `${root.prefix}/bin/agent-auth`, "check", "--notify", "--quiet"], env);
}

/** One that nobody disturbs. */
async function check(phone: Phone): Promise<void> {
  const end = await run(phone);
  assert.equal(end.stderr, "", describeEnd(end));
}

/** The same numbers from 0 to 1 in every run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
