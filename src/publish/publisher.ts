/** One place that the metrics of each check go to, besides being scraped. */
export interface Publisher {
  /** As it is called in messages and metrics: the config key that names the place. */
  readonly name: PlaceName;
  /** Hands over the metrics as Prometheus text. Resolves to what went wrong and what to do, null when nothing did. */
  publish(text: string): Promise<string | null>;
}

export const PLACE_NAMES = ["textfile", "push.gateway"] as const;
export type PlaceName = (typeof PLACE_NAMES)[number];

/** Whose metrics they are, where a push says so instead of a scrape. */
export interface PushGroup {
  readonly job: string;
  /** Null is the name of this host. */
  readonly instance: string | null;
}

/** A Pushgateway, as the config names it. */
export interface GatewayOptions extends PushGroup {
  /** A secret, for it may hold a password; one of the two is given. */
  readonly url: string | null;
  readonly urlFile: string | null;
  /** For basic authentication, with one of the two passwords. */
  readonly user: string | null;
  readonly password: string | null;
  readonly passwordFile: string | null;
  /** Bearer token; one of the two or neither is given. */
  readonly token: string | null;
  readonly tokenFile: string | null;
  readonly timeoutMs: number;
}
