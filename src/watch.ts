import { watch } from "node:fs";
import type { FSWatcher } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import type { InstallationReport, Snapshot } from "./snapshot.ts";

export interface WatcherOptions {
  /** Something that was read, or would be, has changed: at most once a second, and within a second of the change. */
  readonly onChange: () => void;
  /** Watching is not possible, here or for some directories; told once. The schedule notices changes then. */
  readonly onUnavailable: (reason: string) => void;
  /** A writer replaces a file in several steps; one check when it has been quiet for so long is enough for all. */
  readonly quietMs?: number;
}

export interface Watcher {
  /** Follows what the last check found; cheap when that is the same as before. */
  follow(snapshot: Snapshot): void;
  close(): void;
}

/** Null is every name. */
type Names = ReadonlySet<string> | null;

/** Directory to the names in it that matter. */
export type WatchTargets = ReadonlyMap<string, Names>;

const QUIET_MS = 200;
const MAX_WAIT_MS = 1_000;

/** The directory is not there or not ours to look into; that is the business of the check. */
const EXPECTED_ERRORS: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP"]);

/** Watches directories and never opens a file: a store's owner cannot notice it. */
export function createWatcher(options: WatcherOptions): Watcher {
  const watched = new Map<string, { readonly handle: FSWatcher; names: Names }>();
  const pace = createPace(options.onChange, options.quietMs ?? QUIET_MS);
  let followed: Snapshot["installations"] | null = null;
  let isToldUnavailable = false;

  const drop = (directory: string): void => {
    watched.get(directory)?.handle.close();
    watched.delete(directory);
    // Looked for again after the next check, even if that finds everything as it was.
    followed = null;
  };
  const fail = (error: unknown): void => {
    if (isToldUnavailable) return;
    isToldUnavailable = true;
    options.onUnavailable(explainFailure(error));
  };
  const open = (directory: string, names: Names): void => {
    const handle = watch(directory, { persistent: false }, (_, name) => {
      const matters = watched.get(directory)?.names ?? null;
      // A directory that is removed or renamed reports itself, and its handle sees nothing any more.
      const isItself = name === basename(directory) && matters?.has(name) !== true;
      if (isItself) drop(directory);
      if (isItself || name === null || matters === null || matters.has(name)) pace.notice();
    });
    handle.on("error", (error) => {
      drop(directory);
      fail(error);
    });
    watched.set(directory, { handle, names });
  };

  return {
    follow(snapshot) {
      if (snapshot.installations === followed) return;
      followed = snapshot.installations;
      const targets = findWatchTargets(snapshot);
      for (const directory of watched.keys()) if (!targets.has(directory)) drop(directory);
      followed = snapshot.installations;
      for (const [directory, names] of targets) {
        const entry = watched.get(directory);
        if (entry !== undefined) {
          entry.names = names;
          continue;
        }
        try {
          open(directory, names);
        } catch (error) {
          if (EXPECTED_ERRORS.has(codeOf(error))) continue;
          fail(error);
          return;
        }
      }
    },
    close() {
      pace.stop();
      for (const { handle } of watched.values()) handle.close();
      watched.clear();
    },
  };
}

/** What to watch so that a change of a store, a config or the set of agents and installations of this host shows. */
export function findWatchTargets({ installations, searched }: Snapshot): WatchTargets {
  const targets = new Map<string, Set<string> | null>();
  const add: Add = (directory, names) => {
    const known = targets.get(directory);
    if (known === null || names === null) targets.set(directory, null);
    else targets.set(directory, new Set([...(known ?? []), ...names]));
  };
  // Places of other hosts begin with the name of the host.
  for (const path of searched.filter((one) => isAbsolute(one))) add(dirname(path), [basename(path)]);
  for (const installation of installations.filter(({ remote }) => remote === undefined)) {
    for (const { path } of installation.stores) add(dirname(path), namesBeside(basename(path)));
    if (installation.configPath !== null) add(dirname(installation.configPath), [basename(installation.configPath)]);
    if (installation.kind === "openclaw") addStateDir(installation, add);
  }
  return targets;
}

type Add = (directory: string, names: Iterable<string> | null) => void;

function addStateDir({ stateDir, agents, stores }: InstallationReport, add: Add): void {
  add(stateDir, ["openclaw.json", "clawdbot.json", "moltbot.json", ".env", "agents", "state", "credentials"]);
  add(join(stateDir, "state"), namesBeside("openclaw.sqlite"));
  add(join(stateDir, "credentials"), ["oauth.json"]);
  add(join(stateDir, "agents"), null);
  const owners = new Set(stores.map(({ owner }) => owner));
  for (const { id } of agents) {
    if (owners.has(id)) continue;
    // An agent being set up: its directories come one after the other.
    add(join(stateDir, "agents", id), ["agent"]);
    const agentDir = join(stateDir, "agents", id, "agent");
    add(agentDir, [...namesBeside("auth-profiles.json"), ...namesBeside("openclaw-agent.sqlite")]);
  }
}

/** A store's file and those that belong to it; not `-shm` and locks, which also change while nothing does. */
function namesBeside(name: string): readonly string[] {
  if (name.endsWith(".sqlite")) return [name, `${name}-wal`];
  return name === "auth-profiles.json" ? [name, "auth-state.json", "openclaw-agent.sqlite"] : [name];
}

/** Calls back when it has been quiet for a moment, but not later than a second after the first notice. */
export function createPace(callBack: () => void, quietMs: number) {
  let firstAt: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  return {
    notice(): void {
      const now = performance.now();
      firstAt ??= now;
      clearTimeout(timer);
      timer = setTimeout(
        () => {
          firstAt = null;
          callBack();
        },
        Math.max(0, Math.min(quietMs, firstAt + MAX_WAIT_MS - now)),
      );
      timer.unref();
    },
    stop(): void {
      clearTimeout(timer);
    },
  };
}

function explainFailure(error: unknown): string {
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EMFILE") {
    return `the system's limit of watches is reached (${code}; see fs.inotify.max_user_watches)`;
  }
  return `watching files is not possible here (${code === "" ? "unknown error" : code})`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
