import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Checker } from "../check.ts";
import type { Config } from "../config/config.ts";
import { writeDemoHome } from "../demo/home.ts";
import type { CommandContext } from "./command.ts";
import { openReaders } from "./open-checker.ts";
import type { Beat, Remotes } from "./open-remotes.ts";

/** Where `serve` finds its stores. */
export interface Source {
  readonly isDemo: boolean;
  /** A checker for a config; what was read and observed before stays known to it. */
  openChecker(config: Config): Checker;
  /** Other hosts, which are asked beside the checks. */
  readonly remotes: Remotes;
  /** What went wrong with what we keep ourselves. */
  warnings(): readonly string[];
  close(): void;
}

export interface SourceOptions extends Pick<Beat, "onAnswer"> {
  /** The homes given are those of the demo. */
  readonly isDemo: boolean;
  /** Show the demo when nothing is found here. */
  readonly isDemoIfEmpty: boolean;
}

/** The stores of this host or, where that is asked for, those of the embedded demo in a directory of its own. */
export async function openSource(
  config: Config,
  { env, now }: CommandContext,
  { onAnswer, ...demo }: SourceOptions,
): Promise<Source> {
  const beat: Beat = { now, onAnswer };
  const { openChecker, memory, remotes } = openReaders(config, env, beat);
  const warnings = (): readonly string[] => memory.warnings;
  const here = { isDemo: demo.isDemo, openChecker, remotes, warnings, close: () => undefined };
  // What other hosts have is not known yet, but somebody wants to know.
  if (!demo.isDemoIfEmpty || config.remotes.length > 0) return here;
  if ((await openChecker(config).check(now())).installations.length > 0) return here;

  const directory = mkdtempSync(join(tmpdir(), "agent-auth-demo-"));
  const close = (): void => rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  process.once("exit", close);
  writeDemoHome(directory, now());
  const inDemo = (real: Config): Config => ({
    ...real,
    discovery: { ...real.discovery, homes: [directory], stateDirs: [] },
    storage: { path: join(directory, ".agent-auth-exporter") },
  });
  const readers = openReaders(inDemo(config), { HOME: directory }, beat);
  const openInDemo = (changed: Config): Checker => readers.openChecker(inDemo(changed));
  const inDemoWarnings = (): readonly string[] => readers.memory.warnings;
  return { isDemo: true, openChecker: openInDemo, remotes: readers.remotes, warnings: inDemoWarnings, close };
}
