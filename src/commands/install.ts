import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import type { Config } from "../config/config.ts";
import { listConfigPaths } from "../config/load.ts";
import { ConfigError, UnavailableError, UsageError } from "../errors.ts";
import { errorCode, lookAt } from "../files.ts";
import { clean } from "../format/terminal.ts";
import { addMark } from "../install/mark.ts";
import {
  applyStep,
  EDITED,
  type FileStep,
  planInstall,
  planRemoval,
  removeEmpty,
  removeLeaving,
  sweepBeside,
} from "../install/plan.ts";
import { findOwnProgram } from "../install/program.ts";
import type { Command, FoundConfig, Installation, InstallRequest, InstallTarget, Retired } from "../install/target.ts";
import { VERSION } from "../version.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { COMMON_OPTIONS } from "./commands.ts";
import { describeUntold, describeUnwatching } from "./config-gap.ts";
import type { OptionValues } from "./option-values.ts";
import { openConfig } from "./open-config.ts";

/** A service may take its whole time to start or to stop. */
const COMMAND_MS = 10 * 60_000;

/** `agent-auth install <target>`: shows each file and command, and writes and runs them unless it is a rehearsal. */
export function installTo(target: InstallTarget): RunCommand {
  return async (given, context) => {
    const configInUse = findConfigInUse(target, given, context.env);
    const options = configInUse === null ? given : given.with({ "config.file": configInUse });
    const isForced = options.isOn("force");
    const isDryRun = options.isOn("dry-run");
    const isRemoval = options.isOn("uninstall");
    refuseIgnored(options);
    const found = isRemoval ? null : await findConfig(target, options, context);
    const installation = target.prepare({
      text: (name) => options.text(name),
      list: (name) => options.list(name),
      isOn: (name) => options.isOn(name),
      env: context.env,
      program: findOwnProgram(),
      user: findUser(),
      configPath: listConfigPaths(context.env)[0] ?? "config.yaml",
      keepsConfig: configInUse !== null,
      config: found,
      onScreen: options.isOn("purge") ? (await import("./screen-of-phone.ts")).listOnScreen(context) : [],
    });
    const { files } = installation;
    const steps = isRemoval ? planRemoval(files, { isForced }) : planInstall(files, VERSION, { isForced });
    const { replaced } = installation;
    if (!isDryRun) for (const { path } of [...files, ...(replaced?.files ?? [])]) sweepBeside(path);
    if (isDryRun) for (const command of installation.required) run(command, installation, context);
    const carryOut = isDryRun ? rehearse : perform;
    const parts = [
      ...arrange(installation, steps, isRemoval),
      ...(replaced === undefined ? [] : arrangeRetired(replaced, planRemoval(replaced.files, { isForced }))),
    ];
    for (const part of parts) carryOut(part, installation, context);
    const emptied = isRemoval ? installation.directories : replaced?.directories;
    if (!isDryRun) for (const directory of emptied ?? []) removeEmpty(directory);
    const notes = isRemoval ? installation.notesAfterRemoval : installation.notes;
    if (!isDryRun) context.write(notes.map((line) => `${clean(line)}\n`).join(""));
    return 0;
  };
}

/** Null where one is named, or nothing is installed that was told of one. Throws `ConfigError` where it is gone. */
function findConfigInUse(target: InstallTarget, options: OptionValues, env: CommandContext["env"]): string | null {
  if (options.isOn("uninstall") || options.path("config.file") !== null) return null;
  const path = target.findConfigInUse?.({ env }) ?? null;
  if (path === null || lookAt(path).kind !== "absent") return path;
  const expected = `${path}: expected the config that what is installed reads, found none`;
  throw new ConfigError(`${expected}; name another with --config.file`);
}

/** Where nobody gave the user a name, as in a container that runs as any number, the number stands for it. */
function findUser(): InstallRequest["user"] {
  try {
    const { uid, username } = userInfo();
    return { uid, name: username };
  } catch {
    const uid = process.getuid?.() ?? -1;
    return { uid, name: String(uid) };
  }
}

/** Null where nobody asks. A unit with a config that cannot be used would only fail, so that throws `ConfigError`. */
async function findConfig(
  { readsConfig }: InstallTarget,
  options: OptionValues,
  context: CommandContext,
): Promise<FoundConfig | null> {
  if (readsConfig !== true && options.path("config.file") === null) return null;
  const { env, cacheDirectory } = context;
  // Where credentials will be is known to the running unit alone.
  const withCredentials = { CREDENTIALS_DIRECTORY: "/run/credentials", ...env };
  const { config, path } = await openConfig(options, { env: withCredentials, cacheDirectory });
  const channelTypes = config.channels.map(({ type }) => type);
  const isFar = (type: string): boolean => !LOCAL_CHANNELS.includes(type);
  const needsNetwork = config.remotes.length > 0 || channelTypes.some(isFar);
  const unwatching = describeUnwatching(config) ?? (await describeEmptiness(config, context));
  return { path, channelTypes, needsNetwork, untold: describeUntold(config), unwatching };
}

/** The first agent may come later, so that is no mistake in a config. */
async function describeEmptiness(config: Config, context: CommandContext): Promise<string | null> {
  if (config.remotes.length > 0) return null;
  const { hasAgentsHere } = await import("./agents-here.ts");
  if (await hasAgentsHere(config, context)) return null;
  return "nothing is watched yet, because no agent was found here and `remotes` names no host: agent-auth doctor";
}

/** They reach whoever they tell without a network, or may. */
const LOCAL_CHANNELS: readonly string[] = ["command", "termux"];

/** What is installed takes all of this from its config, so that whoever reads the config knows what holds. */
function refuseIgnored(options: OptionValues): void {
  const names = COMMON_OPTIONS.map(({ flags }) => flags.slice(2).split(" ", 1)[0] ?? "");
  const given = names.find(
    (name) => name !== "config.file" && (options.text(name) !== null || options.list(name).length > 0),
  );
  if (given === undefined) return;
  throw new UsageError(`--${given}: expected it in the config of what is installed, not here; write it there`);
}

type Part =
  | { readonly step: FileStep }
  | { readonly command: Command }
  | { readonly leaving: string }
  | { readonly edited: string };

/** Files before what starts them, and what stops them before files. */
function arrange(installation: Installation, steps: readonly FileStep[], isRemoval: boolean): readonly Part[] {
  const files = steps.filter(({ act }) => act !== "absent").map((step) => ({ step }));
  const toParts = (commands: readonly Command[]): readonly Part[] => commands.map((command) => ({ command }));
  if (!isRemoval) {
    const isChanged = steps.some(({ act }) => act === "write" || act === "update");
    const edited = installation.edited?.map((what) => ({ edited: what })) ?? [];
    return [...toParts(installation.required), ...files, ...edited, ...toParts(installation.start(isChanged))];
  }
  const going = steps.filter(({ act }) => act === "remove").map(({ file }) => file.path);
  const rest = installation.leavings?.(going).map((leaving) => ({ leaving })) ?? [];
  const after = going.length === 0 ? [] : toParts(installation.afterRemoval);
  return [...toParts(installation.stop(going)), ...files, ...rest, ...after];
}

/** What another way to run consists of, once the new one runs. */
function arrangeRetired({ stop, leavings }: Retired, steps: readonly FileStep[]): readonly Part[] {
  const going = steps.filter(({ act }) => act === "remove").map(({ file }) => file.path);
  return [
    ...stop.map((command) => ({ command })),
    ...steps.filter(({ act }) => act !== "absent").map((step) => ({ step })),
    ...leavings(going).map((leaving) => ({ leaving })),
  ];
}

function rehearse(part: Part, _: Installation, { write }: CommandContext): void {
  if (isGone(part)) return;
  write(describe(part));
  const text = contentOf(part);
  if (text !== "") write(`${text.trimEnd().replaceAll(/^/gm, "    ")}\n`);
}

/** Asked when its turn comes: what stops a service may leave something as well. */
function isGone(part: Part): boolean {
  return "leaving" in part && !existsSync(part.leaving);
}

/** What a file or a command is given, for a person to read. */
function contentOf(part: Part): string {
  if ("command" in part) return part.command.stdin ?? "";
  if (!("step" in part)) return "";
  const { act, file } = part.step;
  return act === "write" || act === "update" ? addMark(file.text, VERSION) : "";
}

function perform(part: Part, installation: Installation, context: CommandContext): void {
  if (isGone(part)) return;
  if ("step" in part) applyStep(part.step, VERSION);
  if ("leaving" in part) removeLeaving(part.leaving);
  context.write(describe(part));
  if ("command" in part) run(part.command, installation, context);
}

/** Says on stderr what an optional one did not do. Throws `UnavailableError` when another fails. */
function run(command: Command, { env }: Installation, context: CommandContext): void {
  const failure = runProgram(command, { ...env, ...definedOnly(context.env) });
  if (failure !== null) context.stderr.write(`agent-auth: ${clean(failure)}\n`);
}

function describe(part: Part): string {
  if ("command" in part) {
    const { act, what } = part.command.inWords ?? { act: "run", what: part.command.argv.join(" ") };
    return `${act.padEnd(10)} ${clean(what)}\n`;
  }
  if ("leaving" in part) return `remove     ${clean(part.leaving)}\n`;
  if ("edited" in part) return `${"keep".padEnd(10)} ${part.edited}: ${EDITED}\n`;
  const { file, act, reason } = part.step;
  return `${act.padEnd(10)} ${clean(file.path)}${reason === "" ? "" : `: ${reason}`}\n`;
}

/** Null when it did what it should, or may have failed; else what an optional one that is told of did not do, and what helps. */
function runProgram(
  { argv, inWords, isOptional, isTold, stdin, deadlineMs, remedy }: Command,
  env: Readonly<Record<string, string>>,
): string | null {
  const [file = "", ...args] = argv;
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    env,
    encoding: "utf8",
    input: stdin ?? "",
    timeout: deadlineMs ?? COMMAND_MS,
    killSignal: deadlineMs === undefined ? "SIGTERM" : "SIGKILL",
  });
  if (status === 0) return null;
  const isSilent = deadlineMs !== undefined && errorCode(error) === "ETIMEDOUT";
  if (isOptional === true && isTold !== true && !isSilent) return null;
  const said = error === undefined ? clean((stderr.trim() || stdout.trim()).replaceAll("\n", "; ")) : errorCode(error);
  const outcome = isSilent ? `did not answer within ${deadlineMs / 1_000} s` : `failed: ${said}`;
  const failure = `${inWords?.program ?? argv.join(" ")} ${outcome}${remedy === undefined ? "" : `; ${remedy}`}`;
  if (isOptional === true) return failure;
  throw new UnavailableError(failure);
}

function definedOnly(env: CommandContext["env"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
