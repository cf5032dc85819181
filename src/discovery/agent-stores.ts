import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Problem } from "../problem.ts";
import type { Era } from "../provider.ts";
import { redactSecrets } from "../redact.ts";
import { isInShard, isLeadShard, type Shard } from "../shard.ts";
import type { StateDatabase, StoreReader } from "../stores/reader.ts";
import type { Store } from "../stores/store.ts";
import { type AgentsOnDisk, createAgentDirectories } from "./agent-directories.ts";
import { MAIN_AGENT } from "./agent-id.ts";
import { type AgentPlace, locateAgents, usualAgentDir } from "./agents.ts";
import { isDirectory } from "./directory-memory.ts";
import { type Environment, readPath } from "./homes.ts";
import type { StateDir } from "./state-dirs.ts";
import type { UpstreamConfig } from "./upstream-config.ts";

/** The agents of an installation and the stores they read. */
export interface AgentStores {
  readonly places: readonly AgentPlace[];
  /** Each agent's own store, by position in `places`; agents that share a directory share the store. */
  readonly owns: readonly (Store | null)[];
  /** What every agent inherits: the installation's shared store, or main's. */
  readonly base: Store | null;
  readonly era: Era;
  readonly problems: readonly Problem[];
}

export interface AgentStoresReader {
  /** The same object while nothing changed. Never throws. */
  read(config: UpstreamConfig, now: Date): AgentStores;
}

interface Plan {
  readonly config: UpstreamConfig;
  readonly onDisk: AgentsOnDisk;
  readonly registry: StateDatabase["agentDatabases"];
  readonly places: readonly AgentPlace[];
}

/**
 * With a shard, stores of agents that are another's are not opened, but by the shard that leads the installation.
 */
export function createAgentStoresReader(
  stateDir: StateDir,
  env: Environment,
  stores: StoreReader,
  shard: Shard | null,
): AgentStoresReader {
  const directories = createAgentDirectories(stateDir.path);
  const legacyOAuthPath = join(readOAuthDir(stateDir, env), "oauth.json");
  const root = redactSecrets(stateDir.path);
  const isLead = isLeadShard(shard, root);
  let plan: Plan | null = null;
  let last: AgentStores | null = null;

  const makePlan = (config: UpstreamConfig, database: StateDatabase | null): Plan => {
    const onDisk = directories.read();
    const registry = database?.agentDatabases ?? [];
    if (plan?.config === config && plan.onDisk === onDisk && isDeepStrictEqual(plan.registry, registry)) return plan;
    const places = locateAgents({
      stateDir: stateDir.path,
      home: stateDir.home,
      roster: config.roster,
      onDisk: onDisk.agents,
      hasMainDirectory: onDisk.hasMainDirectory,
      registry,
      mainAgentDir: stateDir.mainAgentDir,
      isDirectory,
    });
    return { config, onDisk, registry, places };
  };

  return {
    read(config, now) {
      const database = stores.readStateDatabase(stateDir.path, now);
      plan = makePlan(config, database);
      const byDirectory = new Map<string, Store | null>();
      const readOwn = (owner: string, agentDir: string): Store | null => {
        const known = byDirectory.get(agentDir);
        if (known !== undefined) return known;
        const store = stores.readAgentStore(
          {
            owner,
            agentDir,
            hasStateDatabase: database !== null,
            legacyOAuthPath: owner === MAIN_AGENT ? legacyOAuthPath : null,
          },
          now,
        );
        const own = owner === MAIN_AGENT && isLeftover(store, database) ? null : store;
        byDirectory.set(agentDir, own);
        return own;
      };

      const main = plan.places.find(({ id }) => id === MAIN_AGENT);
      // Of agents that share a directory the first one owns the store, whoever is asked for.
      const ownerOf = new Map(plan.places.toReversed().map(({ id, agentDir }) => [agentDir, id]));
      // Before all others: of agents that share main's directory, main owns the store.
      const mainStore = readOwn(MAIN_AGENT, main?.agentDir ?? usualAgentDir(stateDir.path, MAIN_AGENT));
      const base = findBase(database, mainStore);
      const places: AgentPlace[] = [];
      const owns: (Store | null)[] = [];
      for (const place of plan.places) {
        if (!isLead && !isInShard(shard, root, place.id)) continue;
        const own = readOwn(ownerOf.get(place.agentDir) ?? place.id, place.agentDir);
        if (own === null && isGone(place)) continue;
        places.push(place);
        owns.push(own);
      }
      const listed = plan.onDisk.problem === null ? [] : [plan.onDisk.problem];
      const next: AgentStores = {
        places,
        owns,
        base,
        era: database !== null || [mainStore, ...owns].some((own) => own?.path.endsWith(".sqlite")) ? "sqlite" : "json",
        problems: [...listed, ...(database?.problems ?? [])],
      };
      last = last !== null && isSame(last, next) ? last : next;
      return last;
    },
  };
}

/**
 * JSON of main that waits for a migration which has long been done: since 2026.8.1 it goes into the shared store, and
 * once that holds something OpenClaw takes the file for a mere leftover.
 */
function isLeftover(mainStore: Store | null, database: StateDatabase | null): boolean {
  if (mainStore === null || database?.sharedStoreLocation !== "state-db") return false;
  const isFilled = (database.sharedStore?.credentials.length ?? 0) > 0;
  return isFilled && mainStore.problems.some(({ reason }) => reason === "migration_required");
}

/** A state database that cannot be read comes with a shared store that is not up: what agents inherit is unknown. */
function findBase(database: StateDatabase | null, mainStore: Store | null): Store | null {
  return database === null || database.sharedStoreLocation === "legacy-main" ? mainStore : database.sharedStore;
}

/** Nobody configured it, and there is nothing but its name: a directory of sessions, or one that was deleted. */
function isGone({ id, agentDir, entry }: AgentPlace): boolean {
  return entry === null && id !== MAIN_AGENT && !isDirectory(agentDir);
}

function isSame(a: AgentStores, b: AgentStores): boolean {
  return (
    a.base === b.base &&
    a.era === b.era &&
    hasSameElements(a.owns, b.owns) &&
    hasSameElements(a.places, b.places) &&
    isDeepStrictEqual(a.problems, b.problems)
  );
}

function hasSameElements(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function readOAuthDir({ path, home, sharesEnvironment }: StateDir, env: Environment): string {
  const names = sharesEnvironment ? [env["OPENCLAW_OAUTH_DIR"], env["CLAWDBOT_OAUTH_DIR"]] : [];
  return names.map((value) => readPath(value, home)).find((found) => found !== null) ?? join(path, "credentials");
}
