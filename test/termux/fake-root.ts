import { spawn, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { requireProgram } from "../real-program.ts";
import { SHIM_NAMES } from "./shim.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(dirname(HERE));

/** What Termux installs by itself, of busybox here; everything else has to be absent. */
const APPLETS = [
  ..."awk basename cat chmod cp cut date df dirname echo env expr find grep head id kill ln ls mkdir mktemp mv nohup printf".split(
    " ",
  ),
  ..."ps pwd readlink rm rmdir sed sleep sort stat tail tee test touch tr true uname uniq wc which xargs".split(" "),
];
/** termux-services brings these. */
const RUNIT = ["chpst", "runsv", "runsvdir", "sv", "svlogd"];

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
  /** `$PREFIX` */
  readonly prefix: string;
  readonly home: string;
  /** All that a program there inherits. */
  readonly env: Readonly<Record<string, string>>;
  /** Path of the installed program. */
  readonly agentAuth: string;
  /** Starts a program with no more environment than Termux has. */
  start(argv: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess;
  /** Runs one to its end. */
  run(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished>;
  /** Runs the action of a button as Termux does: in a bare `dash -c`. */
  press(action: unknown): Promise<Finished>;
  readonly calls: () => readonly ShimCall[];
  readonly notifications: () => Readonly<Record<string, Notification>>;
  readonly jobs: () => Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly clipboard: () => string;
  /** Termux:API without its app, or with it again. */
  setApp(isThere: boolean): void;
  /** What the person chooses in the next dialog. */
  choose(index: number): void;
  remove(): void;
}

/** Null where busybox, dash or runit are not installed. */
export function hasTermuxParts(): boolean {
  return ["busybox", "dash", ...RUNIT].every((name) => requireProgram(name) !== null);
}

/**
 * A directory laid out as Termux has it, with `dash` as `sh`, a busybox userland, runit, the commands of Termux:API as
 * recording shims and, as `pkg install` and `npm install --global` leave it, Node.js and our built program. Nothing of
 * the system it stands on is on its `PATH`.
 */
export function createFakeRoot(): FakeRoot {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "agent-auth-termux-")));
  const files = join(top, "data/data/com.termux/files");
  const [prefix, home] = [join(files, "usr"), join(files, "home")];
  const bin = join(prefix, "bin");
  const state = join(prefix, "var/termux-shim");
  for (const path of [bin, home, join(prefix, "tmp"), join(prefix, "var/service"), join(prefix, "var/log"), state]) {
    mkdirSync(path, { recursive: true });
  }
  const link = (name: string, target: string): void => symlinkSync(target, join(bin, name));
  for (const name of APPLETS) link(name, programOf("busybox"));
  for (const name of RUNIT) link(name, programOf(name));
  for (const name of ["sh", "dash"]) link(name, programOf("dash"));
  link("node", process.execPath);
  for (const name of SHIM_NAMES) {
    writeScript(join(bin, name), `#!${bin}/sh\nexec '${bin}/node' '${join(HERE, "run-shim.ts")}' ${name} "$@"\n`);
  }
  writeScript(
    join(bin, "sv-enable"),
    `#!${bin}/sh\n[ -n "$1" ] && [ -n "$SVDIR" ] || exit 1\nrm -f "$SVDIR/$1/down"\nexec sv up "$1"\n`,
  );
  writeScript(
    join(bin, "sv-disable"),
    `#!${bin}/sh\n[ -n "$1" ] && [ -n "$SVDIR" ] || exit 1\ntouch "$SVDIR/$1/down"\nexec sv down "$1"\n`,
  );
  const installed = join(prefix, "lib/node_modules/agent-auth-exporter");
  mkdirSync(installed, { recursive: true });
  for (const name of ["package.json", "dist", "deploy", "termux"]) {
    if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(installed, name), { recursive: true });
  }
  const agentAuth = join(bin, "agent-auth");
  // A link to the script, which Termux can start although there is no /usr/bin/env.
  writeScript(agentAuth, `#!${bin}/sh\nexec '${bin}/node' '${installed}/dist/bin.js' "$@"\n`);
  const env = {
    HOME: home,
    PREFIX: prefix,
    PATH: bin,
    TMPDIR: join(prefix, "tmp"),
    LANG: "en_US.UTF-8",
    TERMUX_VERSION: "0.118.3",
    SVDIR: join(prefix, "var/service"),
    LOGDIR: join(prefix, "var/log"),
  };
  const readState = <T>(name: string): T => {
    const path = join(state, `${name}.json`);
    return (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {}) as T;
  };
  const start: FakeRoot["start"] = ([file = "", ...args], more = {}) =>
    spawn(file.includes("/") ? file : join(bin, file), args, {
      cwd: home,
      env: { ...env, ...more },
      stdio: ["ignore", "pipe", "pipe"],
    });
  const run: FakeRoot["run"] = async (argv, more) => finish(start(argv, more));
  return {
    prefix,
    home,
    env,
    agentAuth,
    start,
    run,
    async press(action) {
      if (typeof action !== "string") throw new Error("this button has no action");
      // Termux gives an action neither PATH nor anything of a shell that was configured.
      const child = spawn(join(bin, "dash"), ["-c", action], {
        cwd: "/",
        env: { PREFIX: prefix, HOME: home },
        stdio: ["ignore", "pipe", "pipe"],
      });
      return finish(child);
    },
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
    remove: () => rmSync(top, { recursive: true, force: true }),
  };
}

function programOf(name: string): string {
  const path = requireProgram(name);
  if (path === null) throw new Error(`${name} is not installed`);
  return path;
}

function writeScript(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
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
