/**
 * Boots a Debian in a directory, with its own systemd, and lets `agent-auth install systemd` install into it: as service
 * and timer, of the system and of a user, through reloads, kills, failures, a reboot, an upgrade and back out. Needs root.
 */
import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import manifest from "../package.json" with { type: "json" };
import { requireProgram } from "../test/real-program.ts";
import { testInstance, testInstanceOfRoot } from "./systemd/instances.ts";
import { bootMachine, copyBaseSystem, type Machine } from "./systemd/machine.ts";
import { followReadme } from "./systemd/readme.ts";
import {
  expectAllRunning,
  testBadConfig,
  testCredential,
  testEditedUnit,
  testIdempotence,
  testKill,
  testReload,
  testService,
  testTimer,
  testUninstall,
  testUpgrade,
  testWatchdog,
} from "./systemd/system-units.ts";
import { expectUserUnitsRunning, testUserUninstall, testUserUnits } from "./systemd/user-units.ts";
import { furnish, moveIn, PACKAGE } from "./systemd/world.ts";

const needed = ["debootstrap", "systemd-nspawn", "nsenter"].map((name) => requireProgram(name));
if (needed.every((path) => path !== null) && isRoot()) await testAll();

function isRoot(): boolean {
  if (process.getuid?.() === 0) return true;
  const reason = "only root can boot a system in a directory";
  if (process.env["CI"] !== undefined) throw new Error(`expected to be run as root: ${reason}`);
  process.stderr.write(`left out: tests with a real systemd, because ${reason}\n`);
  return false;
}

async function testAll(): Promise<void> {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
  const scratch = mkdtempSync(join(tmpdir(), "agent-auth-systemd-"));
  const root = join(scratch, "root");
  let machine: Machine | null = null;
  try {
    await step("a Debian", () => copyBaseSystem(root));
    furnish(root, scratch);
    const booted = (machine = await step("boots", () => bootMachine(root)));
    await moveIn(booted);
    await step("the service reads a store with a live writer", () => testService(booted));
    await step("the service reloads, and says so of a bad config", () => testReload(booted));
    await step("the service does not start anew in vain, and reports its failure", () => testBadConfig(booted));
    await step("the service comes back when killed", () => testKill(booted));
    await step("the watchdog restarts a process that stands still", () => testWatchdog(booted));
    await step("a second installation changes nothing", () => testIdempotence(booted));
    await step("an edited unit stays, unless forced", () => testEditedUnit(booted));
    await step("the timer checks, warns without failing, and reports a failure", () => testTimer(booted));
    await step("a channel gets its secret as a credential", () => testCredential(booted));
    await step("an instance runs as the user", () => testInstance(booted));
    await step("an instance of root reads without touching", () => testInstanceOfRoot(booted));
    await step("units of a user", () => testUserUnits(booted));
    await step("reboots", () => booted.reboot());
    await step("all runs after the reboot", () => expectAllRunning(booted));
    await step("the user's runs after the reboot", () => expectUserUnitsRunning(booted));
    await step("an upgrade", () => testUpgrade(booted, (version) => changeVersion(root, version)));
    await step("the user's units go", () => testUserUninstall(booted));
    await step("the system's units go", () => testUninstall(booted));
    await step("the README, to the letter", () => followReadme(booted));
  } catch (error) {
    console.error(machine?.run("journalctl -n 60 --no-pager").stdout);
    throw error;
  } finally {
    await machine?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function step<T>(name: string, test: () => T | Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await test();
  console.log(`ok: ${name} (${((performance.now() - startedMs) / 1_000).toFixed(1)} s)`);
  return result;
}

/** In the installed bundle, where it is a string. */
function changeVersion(root: string, version: string): void {
  const directory = join(root, PACKAGE, "dist");
  const found = globSync("**/*.cjs", { cwd: directory }).filter((name) => {
    const path = join(directory, name);
    const text = readFileSync(path, "utf8");
    const changed = text.replace(`version = "${manifest.version}"`, `version = "${version}"`);
    if (changed !== text) writeFileSync(path, changed);
    return changed !== text;
  });
  if (found.length === 0) throw new Error("expected the version in the bundle, found it nowhere");
}
