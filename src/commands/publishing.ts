import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import { createRelay, type PublishFigures, type Relay } from "../publish/relay.ts";
import type { CommandContext } from "./command.ts";
import { openPublishers } from "./open-publishers.ts";

export interface PublishingOptions {
  /** Nobody is told of what is not real. */
  readonly isDemo: boolean;
  readonly env: CommandContext["env"];
  readonly log: Pick<Logger, "info" | "warn">;
  /** The figures are others now. */
  readonly onChange: () => void;
}

/** Handing the metrics of a running worker to the places that its config names. */
export interface Publishing {
  /** Never waits. */
  hand(text: string): void;
  figures(): readonly PublishFigures[];
  reconfigure(config: Config): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

export async function openPublishing(config: Config, setup: PublishingOptions): Promise<Publishing> {
  const { isDemo, env, log, onChange } = setup;
  const onTurn = (place: string, fault: string | null): void => {
    if (fault === null) log.info({ place }, "the metrics are published again");
    else log.warn({ place, detail: fault }, "the metrics could not be published");
  };
  const open = async (given: Config): Promise<Relay> => {
    const publishers = isDemo ? [] : await openPublishers(given, env);
    return createRelay(publishers, { onTurn, onChange });
  };
  let inForce = config;
  let relay = await open(config);
  return {
    hand: (text) => relay.hand(text),
    figures: () => relay.figures(),
    async reconfigure(changed) {
      const isSame = isDeepStrictEqual([changed.textfile, changed.push], [inForce.textfile, inForce.push]);
      if (!isSame) relay = await open(changed);
      inForce = changed;
    },
    async stop(graceMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, graceMs);
      await Promise.race([relay.settle(), promise]);
      clearTimeout(timer);
    },
  };
}
