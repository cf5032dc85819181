/** One place that the metrics of each check go to, besides being scraped. */
export interface Publisher {
  /** As it is called in messages and metrics: the config key that names the place. */
  readonly name: PlaceName;
  /** Hands over the metrics as Prometheus text. Resolves to what went wrong and what to do, null when nothing did. */
  publish(text: string): Promise<string | null>;
}

export const PLACE_NAMES = ["textfile", "push.gateway", "push.otlp"] as const;
export type PlaceName = (typeof PLACE_NAMES)[number];

/** Where a push goes and as whom; of each pair of keys one or, but for the address of a Pushgateway, none is given. */
interface Address {
  /** A secret, for it may hold a password. */
  readonly url: string | null;
  readonly urlFile: string | null;
  /** For basic authentication. */
  readonly user: string | null;
  readonly password: string | null;
  readonly passwordFile: string | null;
  /** Bearer token. */
  readonly token: string | null;
  readonly tokenFile: string | null;
}

export interface GatewayOptions extends Address {
  readonly job: string;
  /** Null is the name of this host. */
  readonly instance: string | null;
  readonly timeoutMs: number;
}

/** A null is decided by the environment, then by OpenTelemetry's defaults. */
export interface OtlpOptions extends Address {
  /** The attribute `service.name`. */
  readonly job: string | null;
  /** The attribute `service.instance.id`. */
  readonly instance: string | null;
  /** Whether to tell the name of this host as `host.name`. */
  readonly hostName: boolean;
  readonly timeoutMs: number | null;
}
