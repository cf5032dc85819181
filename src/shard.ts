import { SHARED_OWNER } from "./stores/store.ts";

/** One of several exporters that share the agents of a host. */
export interface Shard {
  /** From 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

const MAX_SHARDS = 1_024;

/** Reads `3/8`, the third of eight; null for anything else. */
export function parseShard(text: string): Shard | null {
  const [, index, count] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text)?.map(Number) ?? [];
  if (index === undefined || count === undefined || index > count || count > MAX_SHARDS) return null;
  return { index, count };
}

export function renderShard({ index, count }: Shard): string {
  return `${index}/${count}`;
}

/**
 * The installation as a whole, main, whose store older ones inherit from, and the shared store: what is told of them
 * depends on all agents, so one shard tells of all three, and it alone looks at all agents.
 */
const LEAD_OWNERS: ReadonlySet<string> = new Set(["", "main", SHARED_OWNER]);

/** Whether this shard has to look at every agent of an installation. */
export function isLeadShard(shard: Shard | null, place: string): boolean {
  return isInShard(shard, place, "");
}

/**
 * Whether an owner is this shard's to tell of: an agent, `_shared` or `_cli`; empty for an installation as a whole.
 * `place` is its state directory, or the path of a login, as a snapshot has it. Of all shards of a count exactly one
 * answers yes, on every host and in every version: by the first 48 bits of a SHA-256. Null is the only one there is.
 */
export function isInShard(shard: Shard | null, place: string, owner: string): boolean {
  if (shard === null) return true;
  // Loaded where there are shards.
  const { createHash } = process.getBuiltinModule("node:crypto");
  const digest = createHash("sha256")
    .update(`${place}\0${LEAD_OWNERS.has(owner) ? "" : owner}`)
    .digest();
  return digest.readUIntBE(0, 6) % shard.count === shard.index - 1;
}
