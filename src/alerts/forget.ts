import type { AlertChanges, AlertMemory, Episode, Told } from "./alert-store.ts";
import { isStable } from "./flapping.ts";
import { idOf } from "./memory.ts";
import { type AlertPolicy, STRANGER_KEEP_MS } from "./policy.ts";

/** What was decided so far in this cycle. */
interface Decided {
  /** One for each channel of the config. */
  readonly sessions: readonly {
    readonly name: string;
    readonly changedRows: readonly Told[];
    readonly forgottenRows: readonly { readonly channel: string; readonly key: string }[];
  }[];
  readonly episodes: ReadonlyMap<string, Episode>;
  readonly policy: AlertPolicy;
  readonly now: Date;
}

/** What is over everywhere and will not count as flapping any more. */
export function forget(
  memory: AlertMemory,
  { sessions, episodes, policy, now }: Decided,
): Pick<AlertChanges, "endedEpisodes" | "forgotten"> {
  const written = new Map(sessions.flatMap((s) => s.changedRows.map((row) => [idOf(row), row] as const)));
  const gone = new Set(sessions.flatMap((session) => session.forgottenRows.map(idOf)));
  const rows = memory.told.filter((row) => !gone.has(idOf(row)));
  const channels = new Set(sessions.map(({ name }) => name));
  // A channel that was taken out of the config is owed nothing, one of another process's config is told by that.
  const isAwaited = ({ key, toldAt }: Told): boolean => {
    const since = Math.max(toldAt.getTime(), episodes.get(key)?.endedAt?.getTime() ?? 0);
    return now.getTime() - since < STRANGER_KEEP_MS;
  };
  const isNeeded = (row: Told): boolean => {
    const { channel, state, delivery, isBelieved } = written.get(idOf(row)) ?? row;
    // An end that was given up is still owed to whoever believes that it goes on.
    const isOwed = delivery === "pending" || (delivery === "dead" && isBelieved);
    return (state === "firing" || isOwed) && (channels.has(channel) || isAwaited(row));
  };
  const needed = new Set(rows.filter(isNeeded).map(({ key }) => key));
  const endedEpisodes = [...episodes.values()]
    .filter((episode) => episode.endedAt !== null && isStable(episode, policy, now) && !needed.has(episode.key))
    .map(({ key }) => key);
  const ended = new Set(endedEpisodes);
  const forgotten = rows
    .filter(({ key }) => ended.has(key) || (!episodes.has(key) && !needed.has(key)))
    .map(({ channel, key }) => ({ channel, key }));
  return { endedEpisodes, forgotten };
}
