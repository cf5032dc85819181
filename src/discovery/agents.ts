import { dirname, isAbsolute, join, resolve } from "node:path";
import { redactSecrets } from "../redact.ts";
import type { AgentOnDisk } from "./agent-directories.ts";
import { MAIN_AGENT, normaliseAgentId } from "./agent-id.ts";
import { expandTilde } from "./homes.ts";
import { numberApart } from "./installation-ids.ts";
import type { RosterEntry } from "./upstream-config.ts";

export interface AgentPlace {
  /** As shown: an id that looks like a secret is redacted, and numbered if there are several. */
  readonly id: string;
  readonly agentDir: string;
  /** True for every agent while the config names none. */
  readonly isListed: boolean;
  readonly entry: RosterEntry | null;
}

export interface AgentSources {
  readonly stateDir: string;
  /** What `~` stands for. */
  readonly home: string;
  readonly roster: readonly RosterEntry[] | null;
  readonly onDisk: readonly AgentOnDisk[];
  /** `agents/main` exists, with or without a store in it. */
  readonly hasMainDirectory: boolean;
  /** The registry table: databases by agent, paths as stored, absolute or relative to the state directory. */
  readonly registry: readonly { readonly agentId: string; readonly path: string }[];
  /** Where our own environment puts main. */
  readonly mainAgentDir: string | null;
  readonly isDirectory: (path: string) => boolean;
}

/**
 * Every agent that an installation may have, each id once: those the config names, in its order, then `main`, then what
 * is on disk or in the registry and need not be there any more.
 */
export function locateAgents(sources: AgentSources): readonly AgentPlace[] {
  const { roster, onDisk, stateDir } = sources;
  const diskById = new Map(onDisk.map((found) => [found.id, found.agentDir]));
  const registered = new Map(
    sources.registry.map(({ agentId, path }) => [normaliseAgentId(agentId), dirname(resolveIn(stateDir, path))]),
  );
  const entryById = new Map(roster?.map((entry) => [entry.id, entry]));
  const hasMain = roster === null || sources.hasMainDirectory || sources.mainAgentDir !== null;

  const found = [...diskById.keys(), ...registered.keys()].toSorted();
  const ids = new Set([...entryById.keys(), ...(hasMain ? [MAIN_AGENT] : []), ...found]);

  const shown = new Set<string>();
  return [...ids].map((id) => {
    const entry = entryById.get(id) ?? null;
    const name = numberApart(redactSecrets(id), shown);
    shown.add(name);
    return { id: name, agentDir: locate(id, entry), isListed: roster === null || entry !== null, entry };
  });

  function locate(id: string, entry: RosterEntry | null): string {
    if (entry !== null && entry.agentDir !== null) return resolve(expandTilde(entry.agentDir, sources.home));
    if (id === MAIN_AGENT && sources.mainAgentDir !== null) return sources.mainAgentDir;
    const usual = diskById.get(id) ?? usualAgentDir(stateDir, id);
    const elsewhere = registered.get(id);
    // A path of the registry may be one inside a container, so what lies here goes before it.
    return elsewhere === undefined || elsewhere === usual || sources.isDirectory(usual) ? usual : elsewhere;
  }
}

export function usualAgentDir(stateDir: string, id: string): string {
  return join(stateDir, "agents", id, "agent");
}

function resolveIn(stateDir: string, path: string): string {
  return isAbsolute(path) ? path : join(stateDir, path);
}
