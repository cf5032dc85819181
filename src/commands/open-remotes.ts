import { isDeepStrictEqual } from "node:util";
import type { Checker } from "../check.ts";
import type { Config } from "../config/config.ts";
import type { Host } from "../remote/host.ts";
import type { RemoteTarget } from "../remote/target.ts";
import type { CommandContext } from "./command.ts";

/** How a process that goes on asks other hosts: beside its checks, which wait for none of them. */
export interface Beat {
  readonly now: () => Date;
  /** A host has answered, or is given up for now. */
  readonly onAnswer: () => void;
}

export interface RemotesOptions {
  readonly storagePath: string;
  readonly env: CommandContext["env"];
  readonly warn: (text: string) => void;
  /** Null where each check asks and waits. */
  readonly beat: Beat | null;
}

export interface Remotes {
  /** A checker of this host (null for none) and those of the config; what is known of a host stays with its settings. */
  openChecker(config: Config, local: Checker | null): Checker;
  /** Asks every host of the last config that is not being asked, and resolves when all have come to an end. */
  ask(): Promise<void>;
  /** Gives up every question. */
  close(): void;
}

/** Other hosts, for checks; nothing of that is loaded until there is one. */
export function openRemotes(options: RemotesOptions): Remotes {
  let hosts: readonly Host[] = [];
  /** Takes the hosts of the last config. */
  let prepare = async (): Promise<unknown> => null;

  const take = (next: readonly Host[]): void => {
    for (const host of hosts) if (!next.includes(host)) host.close();
    hosts = next;
  };

  return {
    openChecker(config, local) {
      if (config.remotes.length === 0 && local !== null) {
        prepare = async () => take([]);
        return local;
      }
      let opened: Promise<Checker> | null = null;
      const open = async (): Promise<Checker> => {
        const { createRemoteChecker } = await import("../remote/checker.ts");
        const ours = await openHosts(config, hosts, options);
        // Another config may have come meanwhile.
        if (prepare === openOnce) take(ours);
        const { warnWithinMs, staleAfterMs } = config.policy;
        const by = options.beat === null ? "ask" : "last";
        return createRemoteChecker({ local, hosts: ours, by, warnWithinMs, staleAfterMs });
      };
      const openOnce = (): Promise<Checker> => (opened ??= open());
      prepare = openOnce;
      return { check: async (now, at) => (await openOnce()).check(now, at) };
    },
    async ask() {
      const { beat } = options;
      await prepare();
      if (beat === null) return;
      await Promise.all(hosts.map(async (host) => (await host.ask(beat.now)) && beat.onAnswer()));
    },
    close: () => take([]),
  };
}

async function openHosts(
  { remotes }: Config,
  before: readonly Host[],
  { storagePath, env, warn, beat }: RemotesOptions,
): Promise<readonly Host[]> {
  const [{ toTargets }, { openHost }, { openKeptAnswers }, { openKeptSessions }, { createAsk }] = await Promise.all([
    import("../remote/target.ts"),
    import("../remote/host.ts"),
    import("../remote/kept.ts"),
    import("../remote/kept-sessions.ts"),
    import("../remote/ask.ts"),
  ]);
  const [targets, kept] = [toTargets(remotes), openKeptAnswers(storagePath)];
  // A process that goes on has no need to write secrets down.
  const ask = createAsk(env, beat === null ? openKeptSessions(storagePath) : new WeakMap());
  kept.sweep(targets, new Date());
  return targets.map(
    (target) => before.find((host) => isSame(host.target, target)) ?? openHost(target, { ask, kept, warn }),
  );
}

function isSame(a: RemoteTarget, b: RemoteTarget): boolean {
  return a.name === b.name && isDeepStrictEqual(a.config, b.config);
}
