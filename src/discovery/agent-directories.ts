import { join } from "node:path";
import type { Problem } from "../problem.ts";
import { normaliseAgentId } from "./agents.ts";
import { createDirectoryMemory, isDirectory, type Listing } from "./directory-memory.ts";

export interface AgentOnDisk {
  readonly id: string;
  readonly agentDir: string;
}

export interface AgentsOnDisk {
  readonly agents: readonly AgentOnDisk[];
  /** `agents/main` exists, with or without a store in it. */
  readonly hasMainDirectory: boolean;
  readonly problem: Problem | null;
}

export interface AgentDirectories {
  /** The same object as long as nothing changed. */
  read(): AgentsOnDisk;
  /** Look again at a directory in which no store was found: it may be gone. */
  doubt(agentDir: string): void;
}

/** Finds `<state>/agents/<id>/agent`, which may be a link, and looks again only at what can have changed. */
export function createAgentDirectories(stateDir: string): AgentDirectories {
  const root = join(stateDir, "agents");
  const directories = createDirectoryMemory();
  let listing: Listing | null = null;
  let present = new Map<string, boolean>();
  let result: AgentsOnDisk = { agents: [], hasMainDirectory: false, problem: null };

  const agentDirOf = (name: string): string => join(root, name, "agent");

  return {
    read() {
      const latest = directories.list(root);
      let isSame = latest === listing;
      if (!isSame) {
        const names = latest?.names ?? [];
        // A listing that changed says nothing about the directories it still names, so all are looked at again.
        present = new Map(names.map((name) => [name, isDirectory(agentDirOf(name))]));
      } else {
        // `agent/` appearing inside `agents/<id>/` does not touch the directory above.
        for (const [name, wasThere] of present) {
          if (wasThere || !isDirectory(agentDirOf(name))) continue;
          present.set(name, true);
          isSame = false;
        }
      }
      listing = latest;
      if (!isSame) result = summarise(present, latest, agentDirOf);
      return result;
    },
    doubt(agentDir) {
      for (const [name, isThere] of present) {
        if (!isThere || agentDirOf(name) !== agentDir || isDirectory(agentDir)) continue;
        present.set(name, false);
        result = summarise(present, listing, agentDirOf);
      }
    },
  };
}

function summarise(
  present: ReadonlyMap<string, boolean>,
  listing: Listing | null,
  agentDirOf: (name: string) => string,
): AgentsOnDisk {
  const byId = new Map<string, AgentOnDisk>();
  for (const [name, isThere] of present) {
    const id = normaliseAgentId(name);
    // `Ops` beside `ops` is the same agent, which lives in the directory of its exact name.
    if (isThere && (!byId.has(id) || name === id)) byId.set(id, { id, agentDir: agentDirOf(name) });
  }
  return { agents: [...byId.values()], hasMainDirectory: present.has("main"), problem: listing?.problem ?? null };
}
