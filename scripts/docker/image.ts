import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import process from "node:process";
import { requireProgram } from "../../test/real-program.ts";
import { copyBaseSystem } from "../systemd/machine.ts";
import { type Instruction, parseDockerfile, readAssignments, readExecForm, type Stage } from "./dockerfile.ts";

/** What an engine keeps of a Dockerfile: a directory, and how to start what is in it. */
export interface Image {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  /** `uid:gid` */
  readonly user: string;
  readonly workdir: string;
  readonly volumes: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

type BuildArgs = Readonly<Record<string, string>>;

const RUN_MS = 5 * 60_000;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Carries out a Dockerfile step by step in directories below `scratch`, each `RUN` in a container of systemd. Needs root.
 * In place of the base image stands a Debian with this Node.js and npm. `buildArgs` are what `--build-arg` would say.
 * Throws for an instruction that it does not know.
 */
export function buildImage(dockerfile: string, context: string, scratch: string, buildArgs: BuildArgs): Image {
  const { stages } = parseDockerfile(readFileSync(dockerfile, "utf8"));
  const admitted = admit(context, `${dockerfile}.dockerignore`, join(scratch, "context"));
  const roots = new Map<string, string>();
  let image: Image | null = null;
  for (const [place, stage] of stages.entries()) {
    const root = join(scratch, `stage-${place}`);
    makeBase(root);
    const find = (from: string | undefined) => (from === undefined ? admitted : (roots.get(from) ?? fail(from)));
    image = buildStage(stage, root, { find, buildArgs });
    roots.set(stage.name, root);
  }
  return image ?? fail("a stage");
}

/** Takes what an allow-list of a `.dockerignore` lets in. */
function admit(context: string, ignoreFile: string, target: string): string {
  const rules = readFileSync(ignoreFile, "utf8").match(/^!.+$/gm) ?? [];
  for (const rule of rules) cpSync(join(context, rule.slice(1)), join(target, rule.slice(1)), { recursive: true });
  return target;
}

/** As docker-library's node image: Node.js and npm below /usr/local, and a user called node. */
function makeBase(root: string): void {
  copyBaseSystem(root);
  copyFileSync(process.execPath, join(root, "usr/local/bin/node"));
  const npm = dirname(dirname(realpathSync(requireProgram("npm") ?? fail("npm"))));
  cpSync(npm, join(root, "usr/local/lib/node_modules/npm"), { recursive: true });
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm"));
  appendFileSync(join(root, "etc/passwd"), "node:x:1000:1000::/home/node:/bin/bash\n");
  appendFileSync(join(root, "etc/group"), "node:x:1000:\n");
  mkdirSync(join(root, "home/node"));
  chownSync(join(root, "home/node"), 1000, 1000);
}

interface BuildOptions {
  /** Where a `COPY` takes from: another stage, or the context. */
  readonly find: (from: string | undefined) => string;
  readonly buildArgs: BuildArgs;
}

function buildStage({ steps }: Stage, root: string, { find, buildArgs }: BuildOptions): Image {
  let args: BuildArgs = {};
  let image: Image = {
    root,
    env: { PATH },
    user: "0:0",
    workdir: "/",
    volumes: [],
    entrypoint: [],
    command: [],
    healthcheck: [],
  };
  for (const step of steps) {
    console.log(`  ${step.name} ${step.text}`.slice(0, 100));
    if (step.name === "ARG") args = { ...args, ...declare(step, buildArgs) };
    else image = carryOut(step, image, { find, buildArgs: args });
  }
  return image;
}

/** What an `ARG` says, unless `--build-arg` says otherwise; what no `ARG` declares is not passed on. */
function declare(step: Instruction, buildArgs: BuildArgs): BuildArgs {
  const names = Object.entries(readAssignments([step]));
  return Object.fromEntries(names.map(([name, fallback]) => [name, buildArgs[name] ?? fallback]));
}

function carryOut(step: Instruction, image: Image, { find, buildArgs }: BuildOptions): Image {
  const { name, text } = step;
  switch (name) {
    case "LABEL":
    case "EXPOSE":
    case "STOPSIGNAL":
      return image;
    case "ENV":
      return { ...image, env: { ...image.env, ...readAssignments([step]) } };
    case "WORKDIR":
      mkdirSync(join(image.root, text), { recursive: true });
      return { ...image, workdir: text };
    case "USER":
      return { ...image, user: text };
    case "VOLUME":
      return { ...image, volumes: [...image.volumes, text] };
    case "COPY":
      copy(step, image, find(step.flags["from"]));
      return image;
    case "RUN":
      run(text, { ...image, env: { ...buildArgs, ...image.env } });
      return image;
    case "HEALTHCHECK":
      return { ...image, healthcheck: readWords(text.replace(/^CMD /, "")) };
    case "ENTRYPOINT":
      return { ...image, entrypoint: readWords(text) };
    case "CMD":
      return { ...image, command: readWords(text) };
    default:
      return fail(`to know what ${name} does`);
  }
}

/** Contents of directories, and files as they are; owned by root unless it says otherwise. */
function copy({ text, flags }: Instruction, { root, workdir }: Image, source: string): void {
  const words = text.split(/\s+/);
  const last = words.pop() ?? "";
  const target = join(root, isAbsolute(last) ? last : join(workdir, last));
  mkdirSync(target, { recursive: true });
  const staged = `${source}.copied`;
  for (const word of words) {
    rmSync(staged, { recursive: true, force: true });
    execFileSync("cp", ["-a", join(source, word), staged]);
    execFileSync("chown", ["-hR", flags["chown"] ?? "0:0", staged]);
    execFileSync("cp", ["-aT", staged, isDirectory(staged) ? target : join(target, word)]);
  }
}

/** With the network of this host, and with its way to packages. */
function run(command: string, { root, env, workdir }: Image): void {
  const [userconfig, cache] = ["userconfig", "cache"].map((key) =>
    execFileSync("npm", ["config", "get", key], { encoding: "utf8" }).trim(),
  );
  const certificates = process.env["NODE_EXTRA_CA_CERTS"];
  const given = [`--bind=${cache}:/root/.npm`, "--bind-ro=/etc/resolv.conf"];
  if (userconfig !== undefined && isFile(userconfig)) given.push(`--bind-ro=${userconfig}:/root/.npmrc`);
  if (certificates !== undefined)
    given.push(`--bind-ro=${certificates}:/run/ca.crt`, "--setenv=NODE_EXTRA_CA_CERTS=/run/ca.crt");
  const settings = Object.entries(env).map(([key, value]) => `--setenv=${key}=${value}`);
  const args = [...QUIET, "-D", root, `--chdir=${workdir}`, ...given, ...settings, "/bin/sh", "-c", command];
  const { status, stdout, stderr, error } = spawnSync("systemd-nspawn", args, { encoding: "utf8", timeout: RUN_MS });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`expected RUN to succeed, got ${status}: ${stdout}${stderr}`);
}

/** Leaves the system of this host out of it. */
export const QUIET = [
  "-q",
  "--register=no",
  "--keep-unit",
  "--resolv-conf=off",
  "--timezone=off",
  "--link-journal=no",
  "--console=pipe",
];

function readWords(text: string): readonly string[] {
  return readExecForm(text) ?? fail(`an exec form, got ${text}`);
}

function isDirectory(path: string): boolean {
  return statSync(path).isDirectory();
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function fail(what: string): never {
  throw new Error(`expected ${what}`);
}
