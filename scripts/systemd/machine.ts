import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { waitFor } from "../../test/wait.ts";

/** Beyond the base system: what a host has that runs user units, and what the scenarios call. */
const PACKAGES = [
  "systemd",
  "systemd-sysv",
  "dbus",
  "libpam-systemd",
  "dbus-user-session",
  "libatomic1",
  "curl",
  "procps",
];
const BUILD_MS = 10 * 60_000;
const BOOT_MS = 60_000;
const RUN_MS = 120_000;
/** What nspawn ends with when the system inside wants to be started again. */
const REBOOT = 133;

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Debian with a systemd of its own, in a directory. */
export interface Machine {
  readonly root: string;
  /** As root inside, or as somebody else, with the environment of a fresh login. */
  run(command: string, user?: string): Outcome;
  reboot(): Promise<void>;
  /** Shuts it down. */
  stop(): Promise<void>;
}

/** Makes the system once, with debootstrap and the mirror of this host, and keeps it below the temporary directory. */
export function copyBaseSystem(target: string): void {
  const release = readRelease();
  const base = join(tmpdir(), `agent-auth-debian-${release}-${PACKAGES.length}`);
  if (!existsSync(base)) {
    const fresh = `${base}.${process.pid}`;
    try {
      const args = ["--variant=minbase", `--include=${PACKAGES.join(",")}`, release, fresh, findMirror(release)];
      execFileSync("debootstrap", args, { stdio: ["ignore", "ignore", "inherit"], timeout: BUILD_MS });
      if (!existsSync(base)) renameSync(fresh, base);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  execFileSync("cp", ["-a", "--reflink=auto", base, target], { timeout: RUN_MS });
}

/** Boots what is in `root`, with a network of its own. Needs root. */
export async function bootMachine(root: string): Promise<Machine> {
  let nspawn: ChildProcess | null = null;
  let leader = 0;
  let console = "";

  const run: Machine["run"] = (command, user) => {
    const inside = user === undefined ? ["sh", "-c", command] : ["runuser", "-u", user, "--", "sh", "-c", command];
    const env = {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      LANG: "C.UTF-8",
      HOME: `/${user === undefined ? "root" : `home/${user}`}`,
    };
    const { status, stdout, stderr, error } = spawnSync("nsenter", ["-t", String(leader), "-a", "--", ...inside], {
      env,
      encoding: "utf8",
      timeout: RUN_MS,
    });
    if (error !== undefined) throw error;
    return { code: status, stdout, stderr };
  };

  const boot = async (): Promise<void> => {
    const args = ["-q", "-D", root, "--register=no", "--keep-unit", "--private-network", "--console=pipe", "-b"];
    const child = spawn("systemd-nspawn", args, { stdio: ["ignore", "pipe", "pipe"] });
    nspawn = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (console += text));
    }
    try {
      leader = await waitFor("a first process inside", () => findChild(child), BOOT_MS);
      await waitFor(
        "the system to be up",
        () => (["running", "degraded"].includes(run("systemctl is-system-running").stdout.trim()) ? true : null),
        BOOT_MS,
      );
    } catch (error) {
      throw new Error(`it did not boot: ${console.slice(-4_000)}`, { cause: error });
    }
  };

  const end = async (child: ChildProcess): Promise<number | null> => {
    if (child.exitCode !== null) return child.exitCode;
    const gone = once(child, "exit");
    const late = setTimeout(BOOT_MS, null, { ref: false });
    if ((await Promise.race([gone, late])) === null) {
      child.kill("SIGKILL");
      await gone;
    }
    return child.exitCode;
  };

  await boot();
  return {
    root,
    run,
    async reboot() {
      if (nspawn === null) return;
      run("systemctl reboot");
      const code = await end(nspawn);
      if (code !== REBOOT) throw new Error(`expected ${REBOOT} at a reboot, got ${code}: ${console.slice(-4_000)}`);
      await boot();
    },
    async stop() {
      const child = nspawn;
      nspawn = null;
      if (child === null) return;
      // Passed on as a request to power off.
      child.kill("SIGTERM");
      await end(child);
    },
  };
}

function findChild({ pid, exitCode }: ChildProcess): number | null {
  if (exitCode !== null) throw new Error(`systemd-nspawn ended with ${exitCode}`);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  // The first is gone soon: it only sets up the others.
  const [found] = children.filter((child) => child !== "" && readName(child) === "systemd");
  return found === undefined ? null : Number(found);
}

function readName(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

function readRelease(): string {
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  if (release === undefined) throw new Error("expected a Debian with a VERSION_CODENAME in /etc/os-release");
  return release;
}

/** Where this host's own packages of the release come from. */
function findMirror(release: string): string {
  const files = ["/etc/apt/sources.list", ...globSync("/etc/apt/sources.list.d/*.{list,sources}")].filter(existsSync);
  const text = files.map((path) => readFileSync(path, "utf8")).join("\n\n");
  const oneLine = new RegExp(`^deb (?:\\[.*\\] )?(\\S+) ${release} main`, "m").exec(text)?.[1];
  const stanza = text.split(/\n{2,}/).find((part) => new RegExp(`^Suites:.*\\b${release}( |$)`, "m").test(part));
  const mirror = oneLine ?? /^URIs: (\S+)/m.exec(stanza ?? "")?.[1];
  if (mirror === undefined) throw new Error(`expected a mirror of ${release} in /etc/apt, found none`);
  return mirror;
}
