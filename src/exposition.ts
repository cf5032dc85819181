/** The two exposition formats: Prometheus text 0.0.4 and OpenMetrics 1.0.0. */
export type ExpositionFormat = "text" | "openmetrics";
export type ExpositionEncoding = "identity" | "gzip";

export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** What a scrape gets between two checks: always the same bytes. */
export interface Exposition {
  /** Made when first asked for, then kept. */
  bytes(format: ExpositionFormat, encoding: ExpositionEncoding): Promise<Buffer>;
}
