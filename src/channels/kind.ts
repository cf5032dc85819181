import type { ZodObject, ZodType } from "zod";
import type { ChannelPolicy } from "../alerts/policy.ts";
import type { Channel, ChannelTools } from "./channel.ts";

/** Everything about one type of channel: its keys in the config, how it is documented, how it sends. */
export interface ChannelKind<Options> {
  readonly type: string;
  /** For a person: "E-mail". */
  readonly title: string;
  /** The keys of its own, besides those that every channel has. Strict; secrets are marked `writeOnly`. */
  readonly schema: ZodObject & ZodType<Options>;
  /** A complete channel in YAML, for the docs; it validates. */
  readonly example: string;
  /** See `ChannelPolicy.refreshEveryMs`; absent for receivers that remember. */
  refreshEveryMs?(options: Options): number;
  /** The program that it starts, as it is written; null when these options start none, absent when none does. */
  program?(options: Options): string | null;
  /** See `ChannelPolicy.isScreen`. */
  readonly isScreen?: true;
  /** Loads what it needs to send; the other side is not contacted yet. */
  create(options: Options, tools: ChannelTools): Promise<Channel>;
}

/** One channel of the config. */
export interface ConfiguredChannel {
  readonly policy: ChannelPolicy;
  readonly type: string;
  /** What the schema of its kind made of the keys of its own. */
  readonly options: object;
}
