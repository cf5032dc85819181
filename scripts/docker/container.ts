import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../test/wait.ts";
import type { Outcome } from "../systemd/machine.ts";
import { type Image, QUIET } from "./image.ts";

/** What `docker run` would be told. */
export interface RunOptions {
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Directories of this host by the place that they are mounted at, read-only. */
  readonly readOnly?: Readonly<Record<string, string>>;
  /** What a volume would be, by the place that it is mounted at. */
  readonly volumes: Readonly<Record<string, string>>;
}

export interface Container {
  /** Of the first process, as seen from here. */
  readonly pid: number;
  /** As `docker exec`: the same user, the same namespaces, the same environment. */
  exec(command: readonly string[]): Outcome;
  readonly log: () => string;
  /** As `docker stop` without its `SIGKILL`; resolves with the exit code. */
  stop(): Promise<number | null>;
}

const EXEC_MS = 30_000;

/**
 * As `docker run --read-only --cap-drop ALL --security-opt no-new-privileges --tmpfs /tmp`, with a network of its own that
 * has loopback only. Needs root.
 */
export async function startContainer(image: Image, options: RunOptions): Promise<Container> {
  const { root, entrypoint, user, workdir } = image;
  const env = { ...image.env, ...options.env };
  const [uid = "", gid = ""] = user.split(":");
  const places = [...Object.keys(options.readOnly ?? {}), ...Object.keys(options.volumes)];
  // As an engine does: afterwards the root cannot be written to.
  for (const place of places) mkdirSync(join(root, place), { recursive: true });
  const mounts = [
    ...Object.entries(options.readOnly ?? {}).map(([to, from]) => `--bind-ro=${from}:${to}`),
    ...Object.entries(options.volumes).map(([to, from]) => `--bind=${from}:${to}`),
  ];
  const hardening = ["--read-only", "--private-network", "--drop-capability=all", "--no-new-privileges=yes"];
  const settings = Object.entries(env).map(([key, value]) => `--setenv=${key}=${value}`);
  const start = [...entrypoint, ...(options.command ?? image.command)];
  const args = [...QUIET, "-D", root, ...hardening, "--tmpfs=/tmp:mode=1777,size=128m", ...mounts, ...settings];
  const child = spawn(
    "systemd-nspawn",
    [...args, `--user=${uid}`, `--chdir=${workdir}`, "--kill-signal=SIGTERM", "--", ...start],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (log += text));
  }
  const gone = once(child, "exit");
  const pid = await waitFor("the first process", () => findFirst(child, start)).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw new Error(log, { cause: error });
  });
  return {
    pid,
    exec(command) {
      const into = ["-t", String(pid), "-m", "-u", "-i", "-n", "-p", `--setgid=${gid}`, `--setuid=${uid}`];
      const { status, stdout, stderr, error } = spawnSync("nsenter", [...into, "--", ...command], {
        env,
        encoding: "utf8",
        timeout: EXEC_MS,
      });
      if (error !== undefined) throw error;
      return { code: status, stdout, stderr };
    },
    log: () => log,
    async stop() {
      child.kill("SIGTERM");
      await gone;
      return child.exitCode;
    },
  };
}

/** Below systemd-nspawn, whose own children come first, the one that runs what was asked for. */
function findFirst({ pid, exitCode }: ChildProcess, start: readonly string[]): number | null {
  if (exitCode !== null) throw new Error(`it ended with ${exitCode}`);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  const found = children.find((child) => {
    const words = readFileSync(`/proc/${child}/cmdline`, "utf8").split("\0");
    return words[0] === "node" && words.includes(start.at(-1) ?? "");
  });
  return found === undefined ? null : Number(found);
}
