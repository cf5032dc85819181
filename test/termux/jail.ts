import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Someone that no file of the system it stands on belongs to, as an app on Android has a user of its own. */
const JAIL_USER = 10_123;

const PREFIX = "/data/data/com.termux/files/usr";
const DEVICES = { null: "3", zero: "5", random: "8", urandom: "9" } as const;
/** Its own mounts, which end with it: nothing is left to be unmounted. The program keeps the process's id. */
const ENTER = `
set -e
top=$1 user=$2 directory=$3 network=$4
shift 4
# A network of its own begins with nothing.
if [ "$network" = own ]; then /bin/busybox ifconfig lo up; fi
# As Android does: nobody sees the processes of others.
/bin/mount -t proc -o hidepid=invisible proc "$top/proc"
# The machine below is not switched off with the phone.
/bin/mount --bind "$top.boot-id" "$top/proc/sys/kernel/random/boot_id"
exec /usr/sbin/chroot --userspec="$user:$user" "$top" /data/data/com.termux/files/usr/bin/dash -c 'cd "$0" && exec "$@"' "$directory" "$@"
`;

/** `own` is loopback alone, for each program that is started and what it starts. */
export type JailNetwork = "own" | "shared";

/** Command line that runs a program with `top` as all there is: no /usr, no /tmp, no /etc, no user with a name. */
export function enterJail(
  { top, network, user = JAIL_USER }: { readonly top: string; readonly network: JailNetwork; readonly user?: number },
  directory: string,
  argv: readonly string[],
): readonly string[] {
  const namespaces = ["--mount", ...(network === "own" ? ["--net"] : [])];
  const given = [top, String(user), directory, network, ...argv];
  return ["/usr/bin/unshare", ...namespaces, "/bin/sh", "-c", ENTER, "enter", ...given];
}

/** What Android gives every process, and the dynamic linker of the programs that we put there. */
export function furnishJail(top: string): void {
  chmodSync(top, 0o755);
  bootAnew(top);
  for (const name of ["proc", "dev"]) mkdirSync(join(top, name));
  for (const [name, minor] of Object.entries(DEVICES)) {
    const path = join(top, "dev", name);
    execFileSync("mknod", ["-m", "666", path, "c", "1", minor]);
  }
}

/** As each boot does, gives the machine an id that it never had. */
export function bootAnew(top: string): void {
  writeFileSync(bootIdOf(top), `${randomUUID()}\n`, { mode: 0o644 });
}

/** A file beside the jail, so that nothing of it is seen inside. */
export function bootIdOf(top: string): string {
  return `${top}.boot-id`;
}

/** Copies a program together with the libraries it is linked to, which land in /lib however the system has them. */
export function copyProgram(top: string, program: string, to: string): void {
  copyFileSync(realpathSync(program), to);
  chmodSync(to, 0o755);
  for (const library of librariesOf(program)) {
    const path = join(top, library.replace(/^\/usr/, ""));
    if (existsSync(path)) continue;
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(realpathSync(library), path);
    chmodSync(path, 0o755);
  }
}

/** Only what asks for the name of its user sees the file: Android has none, and its C library makes names up. */
export function nameUser(top: string, home: string, name = "u0_a123"): void {
  mkdirSync(join(top, "etc"), { recursive: true });
  writeFileSync(join(top, "etc/passwd"), `${name}:x:${JAIL_USER}:${JAIL_USER}::${home}:${PREFIX}/bin/sh\n`);
  writeFileSync(join(top, "etc/group"), `${name}:x:${JAIL_USER}:\n`);
}

/** Gives everything below to the user of the jail. */
export function giveToUser(path: string): void {
  execFileSync("chown", ["-R", `${JAIL_USER}:${JAIL_USER}`, path]);
  chownSync(path, JAIL_USER, JAIL_USER);
}

function librariesOf(program: string): readonly string[] {
  const text = ldd(program);
  return [...text.matchAll(/(?:=> )?(\/\S+) \(0x/g)]
    .map(([, path = ""]) => path)
    .filter((path) => basename(path) !== "");
}

function ldd(program: string): string {
  try {
    return execFileSync("ldd", [program], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    // Linked to nothing.
    return "";
  }
}
