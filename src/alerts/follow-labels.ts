import type { AlertChanges, AlertMemory, Episode, Told } from "./alert-store.ts";
import { conditionKey, parseConditionKey } from "./condition-key.ts";
import { idOf } from "./memory.ts";

/** What is remembered, under the labels of now. */
export interface Followed {
  readonly memory: AlertMemory;
  /** What has to be written for that, besides what is decided. */
  readonly moved: Pick<AlertChanges, "told" | "forgotten" | "episodes" | "endedEpisodes">;
  /** Old key to new. */
  readonly renamed: ReadonlyMap<string, string>;
}

/**
 * Carries what is remembered of an installation to the label that it has now: the label of a state directory changes
 * when another home is searched too, and nothing is over or new for that. `labels` are those of the places that are
 * there. What was remembered under the new label about a place that is not there any more gives way.
 */
export function followLabels(memory: AlertMemory, labels: ReadonlyMap<string, string>): Followed {
  const renamed = new Map<string, string>();
  const follow = <Row extends Told | Episode>(row: Row): Row => {
    const { place = "" } = row.condition;
    const label = labels.get(place);
    const parts = parseConditionKey(row.key);
    if (label === undefined || parts.installation === label) return row;
    const key = conditionKey({ ...parts, installation: label });
    renamed.set(row.key, key);
    return { ...row, key, condition: { ...row.condition, key, installation: label } };
  };
  const told = moveAll(memory.told, follow, idOf);
  const episodes = moveAll(memory.episodes, follow, ({ key }) => key);
  return {
    memory: renamed.size === 0 ? memory : { ...memory, told: told.all, episodes: episodes.all },
    moved: {
      told: told.moved,
      forgotten: told.left.map(({ channel, key }) => ({ channel, key })),
      episodes: episodes.moved,
      endedEpisodes: episodes.left.map(({ key }) => key),
    },
    renamed,
  };
}

/** A decision over followed memory, with all that has to be written. */
export function addMoved(changes: AlertChanges, { moved, renamed }: Followed): AlertChanges {
  if (renamed.size === 0) return changes;
  const forgotten = new Set(changes.forgotten.map(idOf));
  const ended = new Set(changes.endedEpisodes);
  return {
    ...changes,
    renamed,
    told: [...moved.told.filter((row) => !forgotten.has(idOf(row))), ...changes.told],
    forgotten: [...moved.forgotten, ...changes.forgotten],
    episodes: [...moved.episodes.filter(({ key }) => !ended.has(key)), ...changes.episodes],
    endedEpisodes: [...moved.endedEpisodes, ...changes.endedEpisodes],
  };
}

function moveAll<Row>(rows: readonly Row[], follow: (row: Row) => Row, identify: (row: Row) => string) {
  const pairs = rows.map((row) => ({ row, next: follow(row) }));
  const changed = pairs.filter(({ row, next }) => row !== next);
  const moved = changed.map(({ next }) => next);
  const stayed = pairs.filter(({ row, next }) => row === next).map(({ row }) => row);
  const all = new Map([...stayed, ...moved].map((row) => [identify(row), row]));
  return { all: [...all.values()], moved, left: changed.map(({ row }) => row) };
}
