import { codeOf, nagiosCode } from "../exit-code.ts";
import { type CheckQuestion, findFindings, type Finding } from "../findings.ts";
import { FORMAT_NAMES, type CheckReport, type Format } from "../format/format.ts";
import { EXIT_UNAVAILABLE, UsageError } from "../errors.ts";
import type { CheckCode, Snapshot } from "../snapshot.ts";
import { CLI_OWNER, SHARED_OWNER } from "../stores/store.ts";
import type { RunCommand } from "./command.ts";
import { loadRenderer } from "./formats.ts";
import type { OptionValues } from "./option-values.ts";
import { openChecker } from "./open-checker.ts";
import { parseInstantOption } from "./instant.ts";
import { refuseUnknown } from "./unknown.ts";

/** `agent-auth check`: one cycle; exits with what it found. */
export const runCheckCommand: RunCommand = async (options, context) => {
  const question = readQuestion(options);
  const format = readFormat(options);
  if (format === "openclaw") refuseOtherThanOneAgent(question);
  const style = options.text("exit-style") ?? (format === "nagios" ? "nagios" : "contract");
  const now = context.now();
  const atText = options.text("at");
  const at = atText === null ? now : parseInstantOption(atText, now);
  const isQuiet = options.isOn("quiet");

  if (options.isOn("notify")) refuseOtherScope(options);
  const publishing = ["textfile", "push", "publish"].find((name) => options.text(name) !== null || options.isOn(name));
  if (publishing !== undefined) refuseOtherTime(options, publishing);

  const { checker, memory, config, configPath } = await openChecker(options, context).catch(async (error: unknown) => {
    if (options.isOn("notify")) await (await import("./config-mistake.ts")).showConfigMistake(error, context);
    throw error;
  });
  const publish =
    publishing === undefined
      ? null
      : await (await import("./publish-once.ts")).openPublishOnce(options, config, context);
  const telling = options.isOn("notify")
    ? (await import("./notify-once.ts")).openOnce(config, configPath, context)
    : null;
  // Nobody has to take what is printed, nor does the question have to be right, for others to be told.
  const snapshot = await (telling === null ? checker.check(now, at) : telling.around(() => checker.check(now)));
  const seen = findFindings(snapshot, question);
  refuseUnknown(snapshot, question, seen);
  const whole = toReport(snapshot, question, seen);
  const report = format === "openclaw" ? await reportOneAgent(snapshot, question) : whole;
  // Before anything is printed: nobody has to take that.
  const isPublished = publish === null || (await publish(whole));
  if (!isQuiet) {
    const render = await loadRenderer(format, config);
    context.write(await render(report));
    for (const warning of memory.warnings) context.stderr.write(`agent-auth: ${warning}\n`);
  }
  return exitCodeFor(report.exitCode, style, isPublished);
};

/** What is wrong goes before what could not be published; all is well, or still well, only when everything was done. */
function exitCodeFor(code: CheckCode, style: string, isPublished: boolean): number {
  const isGraver = code === 1 || code === 3;
  if (style === "nagios") return isPublished || isGraver ? nagiosCode(code) : NAGIOS_UNKNOWN;
  return isPublished || isGraver ? code : EXIT_UNAVAILABLE;
}

const NAGIOS_UNKNOWN = 3;

function toReport(snapshot: Snapshot, question: CheckQuestion, findings: readonly Finding[]): CheckReport {
  return { snapshot, question, findings, exitCode: codeOf(findings) };
}

/** That format shows one agent, and the exit code is about what is shown. */
async function reportOneAgent(snapshot: Snapshot, question: CheckQuestion): Promise<CheckReport> {
  const { narrowToAgent } = await import("../format/openclaw.ts");
  const narrow = narrowToAgent(snapshot, question.agents);
  const agents = narrow.installations.flatMap((installation) => installation.agents.map(({ id }) => id));
  const asked = { ...question, agents };
  return toReport(narrow, asked, findFindings(narrow, asked));
}

function refuseOtherTime(options: OptionValues, publishing: string): void {
  if (options.text("at") === null) return;
  const expected = `--${publishing}: expected no --at beside it, because metrics are of the present`;
  throw new UsageError(`${expected}; leave one out, or print with --format prom`);
}

/** What was told before would seem to be over to a check that looks elsewhere, or otherwise. */
export function refuseOtherScope(options: OptionValues): void {
  const given = ["at", "home", "local", "remote", "state-dir", "warn"].find(
    (name) => options.text(name) !== null || options.list(name).length > 0 || options.isOn(name),
  );
  if (given === undefined) return;
  const remedy = given === "at" ? "nobody is told of another time; leave one out" : "write it into the config instead";
  throw new UsageError(
    `--notify: expected no --${given} beside it, because every check that tells has to look at the same; ${remedy}`,
  );
}

function refuseOtherThanOneAgent({ agents }: CheckQuestion): void {
  const [name] = agents;
  if (agents.length > 1) {
    throw new UsageError(`--agent: expected one agent with --format openclaw, got ${agents.length}; name one`);
  }
  if (name === CLI_OWNER || name === SHARED_OWNER) {
    throw new UsageError(`--agent: expected the id of an agent with --format openclaw, got ${name}; name one`);
  }
}

function readQuestion(options: OptionValues): CheckQuestion {
  return {
    judge: options.text("judge") === "verdict" ? "verdict" : "status",
    scope: options.text("scope") === "in-use" ? "in-use" : "all",
    agents: options.list("agent"),
    providers: options.list("provider"),
  };
}

function readFormat(options: OptionValues): Format {
  const named = options.text("format");
  const format = FORMAT_NAMES.find((name) => name === named) ?? null;
  if (!options.isOn("json")) return format ?? "text";
  if (format === null || format === "json") return "json";
  throw new UsageError(`--json: expected no other format beside it, got --format ${format}; leave one out`);
}
