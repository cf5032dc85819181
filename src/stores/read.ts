import type { Problem } from "../problem.ts";
import { lookAtAgentStore } from "./agent-store.ts";
import { lookAtJsonFile, type LookTools, sightText } from "./json-store.ts";
import { type Before, createMemory } from "./memory.ts";
import { createPatientReader } from "./patience.ts";
import type { StateDatabase, StoreReader, StoreReaderOptions } from "./reader.ts";
import { isLoginFormat } from "./registry.ts";
import { type Look, type Sighting, toStore } from "./sighting.ts";
import { lookAtStateDatabase } from "./state-database.ts";
import { CLI_OWNER, SHARED_OWNER, type Store } from "./store.ts";

/** The reader of every store on this host. It keeps what it read, without secrets, in memory only. */
export function createStoreReader({ digest }: StoreReaderOptions): StoreReader {
  let revision = 0;
  const onChange = (): void => {
    revision++;
  };
  const json = createPatientReader();
  const tools: LookTools = { digest, readJson: json.read };
  const stores = createMemory<Store | null>({ withoutTime: withoutReadAt, isPassing: isPassingStore }, onChange);
  const states = createMemory<StateDatabase | null>({ withoutTime: withoutTimes, isPassing: isPassingState }, onChange);

  const readStore = (owner: string, question: string, now: Date, look: () => Look<Sighting | null>): Store | null =>
    stores.answer(`${owner}\0${question}`, now, (before) => {
      const { found, watches } = look();
      return { found: found === null ? null : toStore(found, owner, now, before), watches };
    });

  return {
    get revision() {
      return revision;
    },
    readAgentStore: (request, now) => {
      // The same files mean something else once OpenClaw went over to databases.
      const question = `${request.agentDir}\0${request.hasStateDatabase}`;
      return readStore(request.owner, question, now, () => lookAtAgentStore(request, tools));
    },
    readStateDatabase: (stateDir, now) =>
      states.answer(stateDir, now, (before) => {
        const { found, watches } = lookAtStateDatabase(stateDir, before.answer, tools);
        if (found === null) return { found, watches };
        return { found: { ...found, sharedStore: holdShared(found.sharedStore, before, now) }, watches };
      }),
    readLogin: (format, path, now) => {
      if (!isLoginFormat(format)) throw new TypeError(`expected a login format of the registry, got "${format}"`);
      return readStore(CLI_OWNER, path, now, () => lookAtJsonFile(format, path, tools));
    },
    readLoginText: (format, path, text, now) => {
      if (!isLoginFormat(format)) throw new TypeError(`expected a login format of the registry, got "${format}"`);
      const sighting = sightText(format, path, text, tools);
      return toStore(sighting, CLI_OWNER, now, { answer: null, confirmedAt: null });
    },
    forgetUnasked: () => {
      stores.forgetUnasked();
      states.forgetUnasked();
      json.renew();
    },
  };
}

function holdShared(found: Sighting | null, before: Before<StateDatabase | null>, now: Date): Store | null {
  if (found === null) return null;
  const answer = before.answer?.sharedStore ?? null;
  return toStore(found, SHARED_OWNER, now, { answer, confirmedAt: before.confirmedAt });
}

function withoutReadAt(store: Store | null): unknown {
  return store?.isUp ? { ...store, readAt: null } : store;
}

function withoutTimes(state: StateDatabase | null): unknown {
  return state === null ? null : { ...state, sharedStore: withoutReadAt(state.sharedStore) };
}

function isPassingStore(store: Store | null): boolean {
  return store !== null && store.problems.some(isPassing);
}

function isPassingState(state: StateDatabase | null): boolean {
  return state !== null && (state.problems.some(isPassing) || isPassingStore(state.sharedStore));
}

function isPassing({ reason }: Problem): boolean {
  return reason === "sqlite_busy" || reason === "permission_denied";
}
