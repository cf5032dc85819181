import { isDeepStrictEqual } from "node:util";
import { fileProblem } from "../files.ts";
import type { Problem } from "../problem.ts";
import { normaliseProvider } from "../provider.ts";
import { redactSecrets } from "../redact.ts";
import type { Shard } from "../shard.ts";
import { holdsInstallation } from "../state-dir.ts";
import type { StoreReader } from "../stores/reader.ts";
import type { Store } from "../stores/store.ts";
import { type AgentStores, createAgentStoresReader } from "./agent-stores.ts";
import type { Json5 } from "./config-text.ts";
import { exists, isDirectory } from "./directory-memory.ts";
import type { Environment } from "./homes.ts";
import type { AgentReading, InstallationReading, ProviderUse } from "./installation.ts";
import { createConfigReader, type InstallationConfig } from "./installation-config.ts";
import { findProviderUses, type ModelChoices } from "./models.ts";
import { findOtherCredentials } from "./other-credentials.ts";
import type { StateDir } from "./state-dirs.ts";
import type { Surroundings } from "./surroundings.ts";
import { nameCli } from "./upstream-cli.ts";

export interface InstallationReader {
  /** The same object while nothing changed. Never throws. */
  read(json5: Json5 | null, surroundings: Surroundings, now: Date): InstallationReading;
  /** Its config is not plain JSON. */
  needsJson5(): boolean;
}

/** Reads one state directory: its config, its agents, and through `stores` what they can use. */
export function createInstallationReader(
  stateDir: StateDir,
  env: Environment,
  stores: StoreReader,
  shard: Shard | null,
): InstallationReader {
  const config = createConfigReader(stateDir, env);
  const agentStores = createAgentStoresReader(stateDir, env, stores, shard);
  const missing = describeMissing(stateDir, "is not a directory; name the state directory of an installation");
  const empty = describeMissing(
    stateDir,
    "holds nothing of OpenClaw; name the directory with `agents` or `openclaw.json` in it",
  );
  let seen: { settings: InstallationConfig; found: AgentStores; surroundings: Surroundings } | null = null;
  let reading: InstallationReading | null = null;
  return {
    read(json5, surroundings, now) {
      if (!isDirectory(stateDir.path)) {
        seen = null;
        return missing;
      }
      if (stateDir.isExplicit && !holdsInstallation(stateDir.path) && !stateDir.configPaths.some(exists)) {
        seen = null;
        return empty;
      }
      const settings = config.read(json5);
      const found = agentStores.read(settings.config, now);
      const isSame =
        seen !== null &&
        seen.settings === settings &&
        seen.found === found &&
        isDeepStrictEqual(seen.surroundings, surroundings);
      seen = { settings, found, surroundings };
      if (reading === null || !isSame) reading = describeInstallation(stateDir, settings, found, surroundings);
      return reading;
    },
    needsJson5: () => config.needsJson5(),
  };
}

/** Only a directory that the operator named is spoken of when there is nothing. */
function describeMissing(stateDir: StateDir, finding: string): InstallationReading {
  return {
    id: stateDir.id,
    stateDir: redactSecrets(stateDir.path),
    configPath: null,
    cli: nameCli(stateDir.path, null, "json"),
    kind: "openclaw",
    problems: [fileProblem("not_found", stateDir.path, finding)],
    stores: [],
    agents: [],
    declaredOrder: new Map(),
    declaredProfiles: [],
    isConfigBroken: false,
  };
}

function describeInstallation(
  stateDir: StateDir,
  settings: InstallationConfig,
  { places, owns, base, era, problems }: AgentStores,
  surroundings: Surroundings,
): InstallationReading {
  const { config, variables } = settings;
  const otherCredentialsOf = remember((uses: readonly ProviderUse[]) =>
    findOtherCredentials(uses, { era, variables, providers: config.providers, ...surroundings }),
  );
  const usesOf = remember((override: ModelChoices | null) =>
    findProviderUses(config.defaults, override, config.names, era),
  );
  const agents = places.map(({ id, agentDir, isListed, entry }, index): AgentReading => {
    const ownStore = owns[index] ?? null;
    const uses = usesOf(hasOwnModels(entry) ? entry : null);
    return {
      id,
      agentDir: redactSecrets(agentDir),
      isListed,
      ownStore,
      baseStore: ownStore === base ? null : base,
      providersConfigured: uses,
      otherCredentials: otherCredentialsOf(uses),
    };
  });
  const stores = new Set([base, ...owns].filter((store): store is Store => store !== null));
  return {
    id: stateDir.id,
    stateDir: redactSecrets(stateDir.path),
    configPath: settings.path === null ? null : redactSecrets(settings.path),
    cli: nameCli(stateDir.path, settings.path, era),
    kind: "openclaw",
    problems: dropRepeated([...settings.problems, ...problems]),
    stores: [...stores],
    agents,
    declaredOrder: new Map([...config.declaredOrder].map(([provider, ids]) => [normaliseProvider(provider, era), ids])),
    declaredProfiles: config.declaredProfiles.map((profile) => ({
      ...profile,
      provider: normaliseProvider(profile.provider, era),
    })),
    isConfigBroken: settings.isBroken,
  };
}

/** One cause, such as a directory that may not be entered, makes everything below it fail. */
function dropRepeated(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((found) => [found.message, found])).values()];
}

function hasOwnModels(entry: ModelChoices | null): entry is ModelChoices {
  return entry !== null && (entry.model !== null || entry.imageModel !== null || entry.utilityModel !== null);
}

/** Most agents say nothing of models, and share one answer. */
function remember<Key, Value>(find: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const value = find(key);
    known.set(key, value);
    return value;
  };
}
