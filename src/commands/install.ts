import { spawnSync } from "node:child_process";
import { userInfo } from "node:os";
import { UnavailableError, UsageError } from "../errors.ts";
import { errorCode } from "../files.ts";
import { clean } from "../format/terminal.ts";
import { addMark } from "../install/mark.ts";
import { applyStep, type FileStep, planInstall, planRemoval } from "../install/plan.ts";
import { findOwnProgram } from "../install/program.ts";
import type { Command, Installation, InstallTarget } from "../install/target.ts";
import { VERSION } from "../version.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { COMMON_OPTIONS } from "./commands.ts";
import type { OptionValues } from "./option-values.ts";
import { openConfig } from "./open-config.ts";

/** A service may take its whole time to start or to stop. */
const COMMAND_MS = 10 * 60_000;

/** `agent-auth install <target>`: shows each file and command, and writes and runs them unless it is a rehearsal. */
export function installTo(target: InstallTarget): RunCommand {
  return async (options, context) => {
    const isForced = options.isOn("force");
    const isDryRun = options.isOn("dry-run");
    const isRemoval = options.isOn("uninstall");
    refuseIgnored(options);
    const { uid, username } = userInfo();
    const installation = target.prepare({
      text: (name) => options.text(name),
      list: (name) => options.list(name),
      isOn: (name) => options.isOn(name),
      env: context.env,
      program: findOwnProgram(),
      user: { uid, name: username },
    });
    // A unit with a config that cannot be used would only fail.
    if (!isRemoval && options.path("config.file") !== null) {
      // Where credentials will be is known to the running unit alone.
      await openConfig(options, { CREDENTIALS_DIRECTORY: "/run/credentials", ...context.env });
    }
    const { files } = installation;
    const steps = isRemoval ? planRemoval(files, { isForced }) : planInstall(files, VERSION, { isForced });
    const carryOut = isDryRun ? rehearse : perform;
    for (const part of arrange(installation, steps, isRemoval)) carryOut(part, installation, context);
    const notes = isRemoval ? installation.notesAfterRemoval : installation.notes;
    if (!isDryRun) context.write(notes.map((line) => `${clean(line)}\n`).join(""));
    return 0;
  };
}

/** What is installed takes all of this from its config, so that whoever reads the config knows what holds. */
function refuseIgnored(options: OptionValues): void {
  const names = COMMON_OPTIONS.map(({ flags }) => flags.slice(2).split(" ", 1)[0] ?? "");
  const given = names.find(
    (name) => name !== "config.file" && (options.text(name) !== null || options.list(name).length > 0),
  );
  if (given === undefined) return;
  throw new UsageError(`--${given}: expected it in the config of what is installed, not here; write it there`);
}

type Part = { readonly step: FileStep } | { readonly command: Command };

/** Files before what starts them, and what stops them before files. */
function arrange(installation: Installation, steps: readonly FileStep[], isRemoval: boolean): readonly Part[] {
  const files = steps.filter(({ act }) => act !== "absent").map((step) => ({ step }));
  const run = (commands: readonly Command[]): readonly Part[] => commands.map((command) => ({ command }));
  if (!isRemoval) {
    const isChanged = steps.some(({ act }) => act === "write" || act === "update");
    return [...run(installation.required), ...files, ...run(installation.start(isChanged))];
  }
  const going = steps.filter(({ act }) => act === "remove").map(({ file }) => file.path);
  if (going.length === 0) return files;
  return [...run(installation.stop(going)), ...files, ...run(installation.afterRemoval)];
}

function rehearse(part: Part, _: Installation, { write }: CommandContext): void {
  write(describe(part));
  if (!("step" in part) || (part.step.act !== "write" && part.step.act !== "update")) return;
  const text = addMark(part.step.file.text, VERSION).trimEnd();
  write(`${text.replaceAll(/^/gm, "    ")}\n`);
}

function perform(part: Part, { env }: Installation, context: CommandContext): void {
  if ("step" in part) applyStep(part.step, VERSION);
  context.write(describe(part));
  if ("command" in part) runProgram(part.command, { ...env, ...definedOnly(context.env) });
}

function describe(part: Part): string {
  if ("command" in part) return `run        ${clean(part.command.argv.join(" "))}\n`;
  const { file, act, reason } = part.step;
  return `${act.padEnd(10)} ${clean(file.path)}${reason === "" ? "" : `: ${reason}`}\n`;
}

function runProgram({ argv, isOptional }: Command, env: Readonly<Record<string, string>>): void {
  const [file = "", ...args] = argv;
  const { status, stderr, error } = spawnSync(file, args, { env, encoding: "utf8", timeout: COMMAND_MS });
  if (isOptional === true || status === 0) return;
  const said = error === undefined ? clean(stderr.trim().replaceAll("\n", "; ")) : errorCode(error);
  throw new UnavailableError(`${argv.join(" ")} failed: ${said}`);
}

function definedOnly(env: CommandContext["env"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
