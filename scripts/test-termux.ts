/**
 * A phone with Termux, as far as there can be one without Android: a jail with nothing but Termux' own paths in it, for a
 * user of its own. Installs our packed program there by the lines of the README and follows agents and hosts through what
 * happens to them: expiry, mending, reboots, kills, a full disk, a network that breaks off. Needs root.
 */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { requireProgram } from "../test/real-program.ts";
import { hasTermuxParts } from "../test/termux/fake-root.ts";
import { fillTheDisk, hideProcessors, jumpTheClock, killAtRandom, loseTheApp } from "./termux/hardship.ts";
import { packProgram, type Phone, withPhone } from "./termux/phone.ts";
import { cutTheNetwork, watchTwoHosts } from "./termux/remotes.ts";
import { followCourse, switchWays, WAYS } from "./termux/ways.ts";

const COURSES: Readonly<Record<string, (phone: Phone) => Promise<void>>> = {
  ...Object.fromEntries(WAYS.map((way) => [way.name, async (phone: Phone) => followCourse(phone, way)])),
  switch: switchWays,
  remotes: watchTwoHosts,
  network: cutTheNetwork,
  kills: killAtRandom,
  disk: fillTheDisk,
  app: loseTheApp,
  clock: jumpTheClock,
  processors: hideProcessors,
};

/** They ask other hosts; all else has to do without a network. */
const NEEDS_OTHERS: ReadonlySet<string> = new Set(["remotes", "network"]);

if (hasTermuxParts() && requireProgram("ssh") !== null && isRoot()) await testAll(process.argv.slice(2));

function isRoot(): boolean {
  if (process.getuid?.() === 0) return true;
  const reason = "only root can make a jail";
  if (process.env["CI"] !== undefined) throw new Error(`expected to be run as root: ${reason}`);
  process.stderr.write(`left out: tests in a jail laid out as Termux, because ${reason}\n`);
  return false;
}

/** Those that are named, or all of them. */
async function testAll(wanted: readonly string[]): Promise<void> {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
  const { path, remove } = packProgram();
  try {
    for (const [name, course] of Object.entries(COURSES)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      const startedAt = performance.now();
      await withPhone(path, NEEDS_OTHERS.has(name) ? "shared" : "own", course);
      console.log(`ok ${name} (${Math.round((performance.now() - startedAt) / 1_000)} s)`);
    }
  } finally {
    remove();
  }
}
