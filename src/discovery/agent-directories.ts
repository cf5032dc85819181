import { join } from "node:path";
import { pathIn } from "../files.ts";
import type { Problem } from "../problem.ts";
import { createDirectoryMemory, isDirectory, type Listing } from "./directory-memory.ts";
import { MAIN_AGENT, normaliseAgentId } from "./agent-id.ts";

export interface AgentOnDisk {
  readonly id: string;
  /** Where its store would be; `agents/<id>` may hold sessions alone. */
  readonly agentDir: string;
}

export interface AgentsOnDisk {
  readonly agents: readonly AgentOnDisk[];
  /** `agents/main` exists, with or without a store in it. */
  readonly hasMainDirectory: boolean;
  readonly problem: Problem | null;
}

export interface AgentDirectories {
  /** The same object as long as the listing did not change. */
  read(): AgentsOnDisk;
}

/** Lists `<state>/agents/*`, any of which may be a link. Whether there is a store inside shows when it is read. */
export function createAgentDirectories(stateDir: string): AgentDirectories {
  const root = join(stateDir, "agents");
  const directories = createDirectoryMemory();
  let listing: Listing | null = null;
  let result: AgentsOnDisk = { agents: [], hasMainDirectory: false, problem: null };
  return {
    read() {
      const latest = directories.list(root);
      if (latest !== listing) result = summarise(latest, root);
      listing = latest;
      return result;
    },
  };
}

function summarise(listing: Listing | null, root: string): AgentsOnDisk {
  const names = listing?.names ?? [];
  const byId = new Map<string, AgentOnDisk>();
  for (const name of names) {
    const id = normaliseAgentId(name);
    const agentDir = pathIn(pathIn(root, name), "agent");
    const before = byId.get(id);
    // `Ops` beside `ops` is the same agent; it lives in the one that has the directory, at best under its exact name.
    if (before === undefined || (isDirectory(agentDir) && (name === id || !isDirectory(before.agentDir)))) {
      byId.set(id, { id, agentDir });
    }
  }
  return {
    agents: [...byId.values()],
    hasMainDirectory: names.includes(MAIN_AGENT),
    problem: listing?.problem ?? null,
  };
}
