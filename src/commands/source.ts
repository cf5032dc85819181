import { mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { createChecker, type Checker } from "../check.ts";
import type { Config } from "../config/config.ts";
import { writeDemoHome } from "../demo/home.ts";
import { createHostReader } from "../discovery/host.ts";
import { loadObservations } from "../observations.ts";
import { createDigest, resolveStoragePath } from "../storage.ts";
import { createStoreReader } from "../stores/read.ts";
import type { CommandContext } from "./command.ts";

/** Where `serve` finds its stores. */
export interface Source {
  readonly isDemo: boolean;
  /** A checker for a config; what was read and observed before stays known to it. */
  openChecker(config: Config): Checker;
  close(): void;
}

export interface DemoChoice {
  /** The homes given are those of the demo. */
  readonly isDemo: boolean;
  /** Show the demo when nothing is found here. */
  readonly isDemoIfEmpty: boolean;
}

/** The stores of this host or, where that is asked for, those of the embedded demo in a directory of its own. */
export async function openSource(config: Config, { env, now }: CommandContext, demo: DemoChoice): Promise<Source> {
  const storagePath = resolveStoragePath({ path: config.storage.path, env });
  const openChecker = createCheckerOpener(storagePath, env);
  const here = { isDemo: demo.isDemo, openChecker, close: () => undefined };
  if (!demo.isDemoIfEmpty || (await openChecker(config).check(now())).installations.length > 0) return here;

  const directory = mkdtempSync(join(tmpdir(), "agent-auth-demo-"));
  const close = (): void => rmSync(directory, { recursive: true, force: true });
  process.once("exit", close);
  writeDemoHome(directory, now());
  const openInDemo = createCheckerOpener(join(directory, "storage"), { HOME: directory });
  const discovery = { ...config.discovery, homes: [directory], stateDirs: [] };
  return { isDemo: true, openChecker: (changed) => openInDemo({ ...changed, discovery }), close };
}

function createCheckerOpener(storagePath: string, env: CommandContext["env"]): (config: Config) => Checker {
  const memory = loadObservations(storagePath);
  const stores = createStoreReader({ digest: createDigest(storagePath) });
  const home = env["HOME"] || homedir();
  return ({ discovery, policy }) =>
    createChecker({ host: createHostReader({ ...discovery, env }, stores), memory, policy, home });
}
