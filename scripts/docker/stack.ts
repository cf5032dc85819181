import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { waitFor } from "../../test/wait.ts";

/** The part of `compose.yaml` that is looked at here. */
export interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly command: readonly string[];
        readonly volumes: readonly string[];
        readonly healthcheck?: { readonly test: readonly string[] };
      }
    >
  >;
}

export interface Service {
  stop(): Promise<void>;
}

const DOCKER = join(import.meta.dirname, "../../deploy/docker");
const HEALTHY_MS = 60_000;
const BIND = 'mount --bind "$0" /etc/hosts && exec "$@"';

export function readCompose(): Compose {
  return parse(readFileSync(join(DOCKER, "compose.yaml"), "utf8"), { merge: true }) as Compose;
}

/**
 * Starts a service of `compose.yaml` with its own arguments and files, by a program of this host, in the network of the
 * process `pid`, and waits until its own health check succeeds. Paths get `directory` in front, the names of services
 * lead to loopback, and what happens every minute happens every two seconds.
 */
export async function startService(
  name: string,
  program: string,
  { pid, directory }: { readonly pid: number; readonly directory: string },
): Promise<Service> {
  const { services } = readCompose();
  const service = services[name];
  if (service === undefined) throw new Error(`expected a service called ${name} in compose.yaml`);
  for (const volume of service.volumes) place(volume, directory);
  const hosts = join(directory, "hosts");
  writeFileSync(hosts, `127.0.0.1 localhost ${Object.keys(services).join(" ")}\n`);
  const args = service.command.map((argument) => argument.replace("=/", `=${directory}/`));
  const inside = ["-t", String(pid), "-n", "--"];
  const child = spawn("nsenter", [...inside, "unshare", "--mount", "sh", "-c", BIND, hosts, program, ...args], {
    cwd: directory,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = once(child, "exit");
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  const [, ...check] = service.healthcheck?.test ?? [];
  try {
    await waitFor(`${name} to be healthy`, () => isHealthy(child, [...inside, ...check]) || null, HEALTHY_MS);
  } catch (error) {
    await stop();
    throw new Error(log, { cause: error });
  }
  return { stop };
}

/** A file as it is mounted, or an empty directory for a volume. */
function place(volume: string, directory: string): void {
  const [source = "", target = ""] = volume.split(":");
  const path = join(directory, target);
  mkdirSync(dirname(path), { recursive: true });
  if (!source.startsWith(".")) {
    mkdirSync(path);
    return;
  }
  cpSync(join(DOCKER, source), path);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replaceAll(/(?<=_interval: )1m/g, "2s"));
}

function isHealthy({ exitCode }: ChildProcess, check: readonly string[]): boolean {
  if (exitCode !== null) throw new Error(`it ended with ${exitCode}`);
  return spawnSync("nsenter", check).status === 0;
}
