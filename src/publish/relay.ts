import type { PlaceName, Publisher } from "./publisher.ts";

/** How often each place got the metrics, or did not. */
export interface PublishFigures {
  readonly name: PlaceName;
  readonly delivered: number;
  readonly failed: number;
}

export interface RelayOptions {
  /** Called when a place begins to fail, fails in another way, or, with null, works again. */
  readonly onTurn: (name: PlaceName, fault: string | null) => void;
  /** Called after each attempt: the figures are others now. */
  readonly onChange: () => void;
}

/** Hands the metrics of each check to every place, while checks go on. */
export interface Relay {
  /** Never waits. Of checks that follow each other faster than a place takes them only the latest counts. */
  hand(text: string): void;
  figures(): readonly PublishFigures[];
  /** Resolves when everything handed over has arrived or failed. */
  settle(): Promise<void>;
}

export function createRelay(publishers: readonly Publisher[], options: RelayOptions): Relay {
  const lanes = publishers.map((publisher) => createLane(publisher, options));
  return {
    hand(text) {
      for (const lane of lanes) lane.hand(text);
    },
    figures: () => lanes.map((lane) => lane.figures()),
    async settle() {
      await Promise.all(lanes.map((lane) => lane.settle()));
    },
  };
}

function createLane(publisher: Publisher, { onTurn, onChange }: RelayOptions) {
  const { name } = publisher;
  const count = { delivered: 0, failed: 0 };
  let waiting: string | null = null;
  let sending: Promise<void> | null = null;
  let last: string | null = null;

  const send = async (): Promise<void> => {
    for (let text = waiting; text !== null; text = waiting) {
      waiting = null;
      const fault = await publisher.publish(text);
      count[fault === null ? "delivered" : "failed"] += 1;
      if (fault !== last) onTurn(name, fault);
      last = fault;
      onChange();
    }
    sending = null;
  };
  return {
    hand(text: string): void {
      waiting = text;
      sending ??= send();
    },
    figures: (): PublishFigures => ({ name, ...count }),
    settle: async (): Promise<void> => sending ?? undefined,
  };
}
