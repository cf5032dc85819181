import { shellWord } from "../shell-word.ts";
import type { Program } from "./target.ts";

/** Where Termux lives by itself; the templates run there as they stand. */
const PREFIX = "/data/data/com.termux/files/usr";
const HOME = "/data/data/com.termux/files/home";

export interface ScriptValues {
  readonly program: Program;
  readonly prefix: string;
  readonly home: string;
  /** For `--config.file`; null leaves it to be found in its usual place. */
  readonly configFile: string | null;
  /** Variables and their values, for what starts ourselves. */
  readonly carried: readonly (readonly [name: string, value: string])[];
}

/** A template with the paths of this phone; `prefix` has to be a word that no shell splits. */
export function renderScript(template: string, { program, prefix, home, configFile, carried }: ScriptValues): string {
  const config = configFile === null ? [] : ["--config.file", configFile];
  const exports = carried.map(([name, value]) => `export ${name}=${shellWord(value)}\n`).join("");
  const ourselves = [program.node, program.script].map(shellWord).join(" ");
  return template
    .replaceAll(PREFIX, () => prefix)
    .replaceAll(HOME, () => shellWord(home))
    .replace(
      /^exec agent-auth (.+)$/m,
      (_, rest: string) => exports + ["exec", ourselves, rest, ...config.map(shellWord)].join(" "),
    );
}

/** Blocks of a template that begin with `# name:` and are named; the first block belongs to all. */
export function keepBlocks(template: string, names: readonly string[]): string {
  const [head = "", ...blocks] = template.trimEnd().split("\n\n");
  const isKept = (block: string): boolean => names.some((name) => block.startsWith(`# ${name}:`));
  return `${[head, ...blocks.filter(isKept)].join("\n\n")}\n`;
}
