import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { requireProgram } from "../real-program.ts";
import { waitFor } from "../wait.ts";
import { cronDaemon, FILES, furnish, type Ground, putCron, putNpm, putProgram, putSsh, RUNIT } from "./furnish.ts";
import { bootAnew, bootIdOf, enterJail, furnishJail, giveToUser, type JailNetwork, nameUser } from "./jail.ts";

export interface ShimCall {
  readonly name: string;
  readonly args: readonly string[];
  readonly stdin: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Notification {
  readonly title?: string;
  readonly content?: string;
  readonly group?: string;
  readonly priority?: string;
  readonly button1?: string;
  readonly button2?: string;
  readonly button3?: string;
  readonly [key: string]: unknown;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FakeRoot {
  /** `$PREFIX`, as its programs see it. */
  readonly prefix: string;
  readonly home: string;
  /** All that a program there inherits from a shell that was started. */
  readonly env: Readonly<Record<string, string>>;
  /** Path of the installed program. */
  readonly agentAuth: string;
  /** Path on this machine of one that its programs see. */
  outside(path: string): string;
  /** Starts a program with no more environment than Termux has. */
  start(argv: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess;
  /** Runs one to its end. */
  run(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished>;
  /** Runs the action of a button as Termux does: in a bare `dash -c`. */
  press(action: unknown): Promise<Finished>;
  /** Runs every scheduled job once, as Android does when its time has come: without what a shell would have set. */
  runJobs(): Promise<readonly Finished[]>;
  /** Switches off, with all that runs, and on again: Termux:Boot starts its scripts in order, up to the first that is none. */
  reboot(): Promise<void>;
  /** Numbers of all processes of this root. */
  processes(): readonly number[];
  /** Ends them all at once. */
  kill(): Promise<void>;
  /** Everything there is below `$PREFIX` and `$HOME`, a line each; without what the shims keep. */
  list(): readonly string[];
  /** What `pkg install cronie` brings; its user is known to the system by this name, which a crontab is called after. */
  addCron(user: string): void;
  /** Starts the daemon of cron where something in there wanted it started, and lets it look at all crontabs. */
  runCron(): void;
  /** What `pkg install openssh` brings of a client, and a name for the user of a jail, as Android's C library makes one up. */
  addSsh(): void;
  /** Gives what was written from outside to the user there. */
  adopt(): void;
  readonly calls: () => readonly ShimCall[];
  readonly notifications: () => Readonly<Record<string, Notification>>;
  readonly jobs: () => Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly clipboard: () => string;
  /** Termux:API without its app, or with it again. */
  setApp(isThere: boolean): void;
  /** What the person chooses in the next dialog. */
  choose(index: number): void;
  /** Ends what runs there, and takes it away. */
  remove(): Promise<void>;
}

/** Null where busybox, dash or runit are not installed. */
export function hasTermuxParts(): boolean {
  return ["busybox", "dash", ...RUNIT].every((name) => requireProgram(name) !== null);
}

/** As `pkg install` and `npm install --global` leave it. Nothing of the system it stands on is on its `PATH`. */
export function createFakeRoot(): FakeRoot {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "agent-auth-termux-")));
  const ground = { top, seen: top };
  furnish(ground);
  putProgram(ground);
  return openRoot(ground);
}

/** The same for a user of its own, and with the paths of Termux, since nothing else exists there. Only root can make it. */
export function createJail(network: JailNetwork = "own"): FakeRoot {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "agent-auth-jail-")));
  const ground = { top, seen: "" };
  furnishJail(top);
  furnish(ground);
  putNpm(ground);
  giveToUser(join(top, "data"));
  return openRoot(ground, network);
}

function openRoot({ top, seen }: Ground, network: JailNetwork = "shared"): FakeRoot {
  const isJailed = seen === "";
  const [prefix, home] = [`${seen}${FILES}/usr`, `${seen}${FILES}/home`];
  const outside = (path: string): string => (isJailed ? join(top, path) : path);
  const state = outside(join(prefix, "var/termux-shim"));
  // What the app sets for all that it starts.
  const basic = {
    HOME: home,
    PREFIX: prefix,
    PATH: `${prefix}/bin`,
    TMPDIR: `${prefix}/tmp`,
    LANG: "en_US.UTF-8",
    TERMUX_VERSION: "0.118.3",
  };
  // And what a shell finds in `etc/profile.d` of termux-services.
  const env = { ...basic, SVDIR: `${prefix}/var/service`, LOGDIR: `${prefix}/var/log` };
  const readState = <T>(name: string): T => {
    const path = join(state, `${name}.json`);
    return (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {}) as T;
  };
  const launch = (argv: readonly string[], given: Readonly<Record<string, string>>, cwd: string): ChildProcess => {
    const [file = "", ...args] = isJailed ? enterJail({ top, network }, cwd, argv) : argv;
    return spawn(file, args, { cwd: isJailed ? "/" : cwd, env: given, stdio: ["ignore", "pipe", "pipe"] });
  };
  const start: FakeRoot["start"] = ([file = "", ...args], more = {}) =>
    launch([file.includes("/") ? file : `${prefix}/bin/${file}`, ...args], { ...env, ...more }, home);
  const processes = (): readonly number[] =>
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && belongsTo(name, top, isJailed))
      .map(Number);
  let cron: ChildProcess | null = null;
  const kill: FakeRoot["kill"] = async () => {
    await waitFor("all processes to end", () => {
      const found = processes();
      for (const pid of found) killIfThere(pid);
      return found.length === 0 ? true : null;
    });
  };
  return {
    prefix,
    home,
    env,
    agentAuth: `${prefix}/bin/agent-auth`,
    outside,
    start,
    run: async (argv, more) => finish(start(argv, more)),
    async press(action) {
      if (typeof action !== "string") throw new Error("this button has no action");
      // Termux gives an action neither PATH nor anything of a shell that was configured.
      return finish(launch([`${prefix}/bin/dash`, "-c", action], { PREFIX: prefix, HOME: home }, "/"));
    },
    async runJobs() {
      const scripts = Object.values(readState<Record<string, { readonly script: string }>>("jobs"));
      return Promise.all(scripts.map(async ({ script }) => finish(launch([script], basic, "/"))));
    },
    async reboot() {
      await kill();
      const jobs = Object.entries(readState<ReturnType<FakeRoot["jobs"]>>("jobs"));
      const kept = jobs.filter(([, { persisted }]) => persisted === "true");
      if (jobs.length > 0) writeFileSync(join(state, "jobs.json"), JSON.stringify(Object.fromEntries(kept)));
      rmSync(join(state, "notifications.json"), { force: true });
      if (isJailed) bootAnew(top);
      const directory = outside(join(home, ".termux/boot"));
      const names = existsSync(directory) ? readdirSync(directory).toSorted() : [];
      for (const name of names) {
        if (!lstatSync(join(directory, name)).isFile()) return;
        await finish(launch([`${home}/.termux/boot/${name}`], basic, "/"));
      }
    },
    processes,
    kill,
    list: () => [prefix, home].flatMap((path) => listBelow(outside(path), path)),
    addCron(user) {
      putCron({ top, seen }, user);
      if (!isJailed) return;
      nameUser(top, home, user);
      giveToUser(outside(prefix));
    },
    runCron() {
      if (!existsSync(outside(join(prefix, "var/run/crond.wanted")))) throw new Error("nobody started crond");
      const spool = outside(join(prefix, "var/spool/cron"));
      const names = readdirSync(spool).filter((name) => name !== "cron.update");
      // The one of busybox trusts those of root only; whose it is, is its name.
      for (const name of names) chownSync(join(spool, name), 0, 0);
      writeFileSync(join(spool, "cron.update"), `${names.join("\n")}\n`);
      const [file = "", ...args] = isJailed
        ? enterJail({ top, network, user: 0 }, "/", cronDaemon({ top, seen }))
        : cronDaemon({ top, seen });
      if (cron === null || cron.exitCode !== null || cron.signalCode !== null) {
        cron = spawn(file, args, { cwd: "/", env: { PREFIX: prefix }, stdio: "ignore" });
      }
    },
    addSsh() {
      putSsh({ top, seen });
      if (isJailed) nameUser(top, home);
    },
    adopt: () => (isJailed ? giveToUser(join(top, "data")) : undefined),
    calls() {
      const path = join(state, "calls.jsonl");
      if (!existsSync(path)) return [];
      return readFileSync(path, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as ShimCall);
    },
    notifications: () => readState("notifications"),
    jobs: () => readState("jobs"),
    clipboard: () => readFileSync(join(state, "clipboard.txt"), "utf8"),
    setApp(isThere) {
      if (isThere) rmSync(join(state, "hang"), { force: true });
      else writeFileSync(join(state, "hang"), "");
    },
    choose: (index) => writeFileSync(join(state, "dialog.json"), String(index)),
    async remove() {
      await kill();
      rmSync(top, { recursive: true, force: true });
      rmSync(bootIdOf(top), { force: true });
    },
  };
}

/** A process in a jail has it as its root; elsewhere all of them inherit paths below the root. */
function belongsTo(pid: string, top: string, isJailed: boolean): boolean {
  try {
    if (isJailed) return readlinkSync(`/proc/${pid}/root`) === top;
    return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`PREFIX=${top}/`);
  } catch {
    return false;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

function listBelow(directory: string, seen: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true })
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const [path, shown] = [join(directory, entry.name), `${seen}/${entry.name}`];
      if (shown.endsWith("/var/termux-shim")) return [];
      const mode = (lstatSync(path).mode & 0o7777).toString(8);
      if (entry.isDirectory()) return [`${mode} ${shown}/`, ...listBelow(path, shown)];
      if (entry.isSymbolicLink()) return [`${shown} -> ${readlinkSync(path)}`];
      if (!entry.isFile()) return [`${mode} ${shown} special`];
      return [`${mode} ${shown} ${createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16)}`];
    });
}

async function finish(child: ChildProcess): Promise<Finished> {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => (output[name] += text));
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve({ code, ...output }));
  });
}
