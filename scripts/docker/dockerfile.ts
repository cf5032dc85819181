/** One step of a Dockerfile, continuation lines joined. */
export interface Instruction {
  /** In capitals: `RUN`. */
  readonly name: string;
  /** Leading `--key=value` words. */
  readonly flags: Readonly<Record<string, string>>;
  /** What follows the flags. */
  readonly text: string;
}

/** From one `FROM` to the next. */
export interface Stage {
  /** Empty for a stage without `AS`. */
  readonly name: string;
  readonly base: string;
  readonly steps: readonly Instruction[];
}

/** As much of the grammar of docs.docker.com/reference/dockerfile as our own file uses: no heredocs, no `ONBUILD`. */
export function parseDockerfile(text: string): {
  readonly args: readonly Instruction[];
  readonly stages: readonly Stage[];
} {
  const instructions = joinLines(text).map(parseInstruction);
  const first = instructions.findIndex(({ name }) => name === "FROM");
  const args = instructions.slice(0, first);
  const stages: Stage[] = [];
  for (const instruction of instructions.slice(first)) {
    const last = stages.at(-1);
    if (instruction.name === "FROM") {
      const [base = "", , name = ""] = instruction.text.split(/\s+/);
      stages.push({ name, base: expand(base, readAssignments(args)), steps: [] });
    } else if (last !== undefined) {
      stages[stages.length - 1] = { ...last, steps: [...last.steps, instruction] };
    }
  }
  return { args, stages };
}

/** The words of an exec form such as `CMD ["a", "b"]`, null for a shell form. */
export function readExecForm(text: string): readonly string[] | null {
  return text.startsWith("[") ? (JSON.parse(text) as string[]) : null;
}

/** `KEY=value KEY2="a value"` of ENV, ARG and LABEL. */
export function readAssignments(instructions: readonly Instruction[]): Readonly<Record<string, string>> {
  const assignments = instructions.flatMap(({ text }) => [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))/g)]);
  return Object.fromEntries(assignments.map(([, key = "", quoted, bare]) => [key, quoted ?? bare ?? ""]));
}

function joinLines(text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => !/^\s*(?:#|$)/.test(line));
  return lines
    .join("\n")
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n");
}

function parseInstruction(line: string): Instruction {
  const [, name = "", rest = ""] = /^(\S+)\s+(.*)$/.exec(line.trim()) ?? [];
  const [flagText = ""] = /^(?:--\S+\s+)*/.exec(rest) ?? [];
  const flags: Record<string, string> = {};
  for (const [, key = "", value = ""] of flagText.matchAll(/--([\w-]+)=(\S+)/g)) flags[key] = value;
  return { name: name.toUpperCase(), flags, text: rest.slice(flagText.length) };
}

function expand(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, key: string) => values[key] ?? "");
}
