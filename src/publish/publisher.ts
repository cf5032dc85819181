/** One place that the metrics of each check go to, besides being scraped. */
export interface Publisher {
  /** As it is called in messages: the config key that names the place. */
  readonly name: string;
  /** Hands over the metrics as Prometheus text. Resolves to what went wrong and what to do, null when nothing did. */
  publish(text: string): Promise<string | null>;
}
