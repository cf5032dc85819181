import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { requireProgram } from "../real-program.ts";
import { copyProgram } from "./jail.ts";
import { SHIM_NAMES } from "./shim.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(dirname(HERE));

/** What Termux installs by itself, of busybox here; everything else has to be absent. */
const APPLETS = [
  ..."awk basename cat chmod cp cut date df dirname echo env expr find grep head id kill ln ls mkdir mktemp mv nohup printf".split(
    " ",
  ),
  ..."ps pwd readlink rm rmdir sed sleep sort stat tail tar tee test timeout touch tr true uname uniq wc which xargs".split(
    " ",
  ),
  "start-stop-daemon",
];
/** termux-services brings these. */
export const RUNIT = ["chpst", "runsv", "runsvdir", "sv", "svlogd"];
export const FILES = "/data/data/com.termux/files";

/** Where a root lies, and how its programs see it. */
export interface Ground {
  /** On this machine. */
  readonly top: string;
  /** What its programs see instead of `top`: nothing in a jail, `top` itself elsewhere. */
  readonly seen: string;
}

/**
 * Lays out what Termux, `pkg install nodejs-lts termux-api termux-services` and the app leave: `dash` as `sh`, a busybox
 * userland, runit with the scripts of termux-services, Node.js, and the commands of Termux:API as recording shims.
 */
export function furnish({ top, seen }: Ground): void {
  const files = join(top, FILES);
  const prefix = join(files, "usr");
  const bin = join(prefix, "bin");
  const shims = join(prefix, "libexec/termux-shim");
  for (const name of ["tmp", "var/service", "var/log", "var/run", "var/termux-shim", "etc/profile.d", "bin"]) {
    mkdirSync(join(prefix, name), { recursive: true });
  }
  for (const path of [join(files, "home"), shims, join(prefix, "share/termux-services")]) {
    mkdirSync(path, { recursive: true });
  }
  const isJailed = seen === "";
  const put = (name: string, path: string): void => {
    if (isJailed) copyProgram(top, path, join(bin, name));
    else symlinkSync(path, join(bin, name));
  };
  put("busybox", programOf("busybox"));
  for (const name of APPLETS) symlinkSync("busybox", join(bin, name));
  for (const name of [...RUNIT, "dash"]) put(name, programOf(name));
  symlinkSync("dash", join(bin, "sh"));
  put("node", process.execPath);
  for (const name of ["shim.ts", "run-shim.ts"]) copyFileSync(join(HERE, name), join(shims, name));
  // Types are stripped from a module only where its nearest package says that it is one.
  writeFileSync(join(shims, "package.json"), '{"type": "module"}\n');
  const inside = `${seen}${FILES}/usr`;
  const script = (name: string, text: string): void => putScript(join(prefix, name), inside, text);
  for (const name of SHIM_NAMES) {
    script(`bin/${name}`, `exec '${inside}/bin/node' '${inside}/libexec/termux-shim/run-shim.ts' ${name} "$@"`);
  }
  script("bin/sv-enable", `[ -n "$1" ] && [ -n "$SVDIR" ] || exit 1\nrm -f "$SVDIR/$1/down"\nexec sv up "$1"`);
  script("bin/sv-disable", `[ -n "$1" ] && [ -n "$SVDIR" ] || exit 1\ntouch "$SVDIR/$1/down"\nexec sv down "$1"`);
  script("bin/service-daemon", serviceDaemon(inside));
  // What it would install is here already.
  script("bin/pkg", '[ "$1" = install ]');
  script(
    "share/termux-services/svlogger",
    'service=${PWD%/*}\nservice=${service##*/}\nmkdir -p "$LOGDIR/sv/$service"\nexec svlogd -tt "$LOGDIR/sv/$service"',
  );
  writeFileSync(
    join(prefix, "etc/profile.d/start-services.sh"),
    'export SVDIR="$PREFIX/var/service"\nexport LOGDIR="$PREFIX/var/log"\n(service-daemon start >/dev/null 2>&1 &)\n',
  );
}

/** Our built program, as `npm install --global` leaves it of a package that has no dependencies. */
export function putProgram({ top, seen }: Ground): void {
  const prefix = join(top, FILES, "usr");
  const installed = join(prefix, "lib/node_modules/agent-auth-exporter");
  mkdirSync(installed, { recursive: true });
  for (const name of ["package.json", "dist", "deploy", "termux"]) {
    if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(installed, name), { recursive: true });
  }
  const inside = `${seen}${FILES}/usr`;
  // A link to the script, which Termux can start although there is no /usr/bin/env.
  const script = `${inside}/lib/node_modules/agent-auth-exporter/dist/bin.cjs`;
  putScript(join(prefix, "bin/agent-auth"), inside, `exec '${inside}/bin/node' '${script}' "$@"`);
}

/** npm, which is a package of its own since Node.js 24 there. */
export function putNpm({ top, seen }: Ground): void {
  const prefix = join(top, FILES, "usr");
  const npm = dirname(dirname(realpathSync(programOf("npm"))));
  cpSync(npm, join(prefix, "lib/node_modules/npm"), { recursive: true });
  const inside = `${seen}${FILES}/usr`;
  const script = `${inside}/lib/node_modules/npm/bin/npm-cli.js`;
  putScript(join(prefix, "bin/npm"), inside, `exec '${inside}/bin/node' '${script}' "$@"`);
}

/**
 * What `pkg install cronie` brings: a crontab is one file, and its lines run in the shell of Termux. `crond` says only that
 * it is wanted, because that of busybox has to be started by root.
 */
export function putCron({ top, seen }: Ground, user: string): void {
  const prefix = join(top, FILES, "usr");
  const inside = `${seen}${FILES}/usr`;
  const spool = `${inside}/var/spool/cron`;
  mkdirSync(join(prefix, "var/spool/cron"), { recursive: true });
  putScript(join(prefix, "bin/crond"), inside, `echo >'${inside}/var/run/crond.wanted'`);
  // Busybox takes /bin/sh unless a crontab says otherwise; cronie of Termux knows better, so the line is for crond alone.
  putScript(
    join(prefix, "bin/crontab"),
    inside,
    `file='${spool}/${user}'
case "$1" in
  -l) [ -e "$file" ] && exec tail -n +2 "$file"; echo 'no crontab for ${user}' >&2; exit 1 ;;
  -r) exec rm "$file" ;;
  -) { echo 'SHELL=${inside}/bin/sh'; cat; } >"$file.new" && mv "$file.new" "$file" && echo '${user}' >'${spool}/cron.update' ;;
  *) exit 1 ;;
esac`,
  );
}

/** The client that `pkg install openssh` brings. */
export function putSsh({ top, seen }: Ground): void {
  const path = join(top, FILES, "usr/bin/ssh");
  if (seen === "") copyProgram(top, programOf("ssh"), path);
  else symlinkSync(programOf("ssh"), path);
}

/** Command line of the daemon, which root starts and which becomes the user of each crontab. */
export function cronDaemon({ seen }: Ground): readonly string[] {
  const prefix = `${seen}${FILES}/usr`;
  return [
    `${prefix}/bin/busybox`,
    "crond",
    "-f",
    "-c",
    `${prefix}/var/spool/cron`,
    "-L",
    `${prefix}/var/log/crond.log`,
  ];
}

function putScript(path: string, prefix: string, text: string): void {
  writeFileSync(path, `#!${prefix}/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

function programOf(name: string): string {
  const path = requireProgram(name);
  if (path === null) throw new Error(`${name} is not installed`);
  return path;
}

/** Starts and stops runsvdir in the background, by the file that names its process. */
function serviceDaemon(prefix: string): string {
  return `pid='${prefix}/var/run/service-daemon.pid'
case "$1" in
  start) exec start-stop-daemon -S -b -m -p "$pid" -x '${prefix}/bin/runsvdir' -- "$SVDIR" ;;
  stop) exec start-stop-daemon -K -s HUP -o -p "$pid" ;;
  *) exit 1 ;;
esac`;
}
