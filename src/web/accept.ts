import type { ExpositionEncoding, ExpositionFormat } from "../exposition.ts";

interface Offer {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/**
 * OpenMetrics for whoever prefers it to plain text, in the one version we write; plain text for everybody else, also
 * for those who accept neither: a scrape with an odd header is still a scrape.
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  let openmetrics = 0;
  let text = 0;
  let anything = 0;
  for (const { name, parameters, quality } of parseOffers(accept)) {
    if (name === "application/openmetrics-text" && (parameters.get("version") ?? "1.0.0") === "1.0.0") {
      openmetrics = Math.max(openmetrics, quality);
    } else if (name === "text/plain") text = Math.max(text, quality);
    else if (name === "text/*" || name === "*/*") anything = Math.max(anything, quality);
  }
  return openmetrics > 0 && openmetrics >= (text > 0 ? text : anything) ? "openmetrics" : "text";
}

/** gzip for whoever accepts it by name or `*`, unless with `q=0`. */
export function negotiateEncoding(acceptEncoding: string | undefined): ExpositionEncoding {
  const offers = parseOffers(acceptEncoding);
  const offer =
    offers.find(({ name }) => name === "gzip" || name === "x-gzip") ?? offers.find(({ name }) => name === "*");
  return offer !== undefined && offer.quality > 0 ? "gzip" : "identity";
}

/** Items of an `Accept` or `Accept-Encoding` header (RFC 9110 §12.4, §12.5); a weight that is no number counts as 0. */
function parseOffers(header: string | undefined): readonly Offer[] {
  if (header === undefined || header.trim() === "") return [];
  return header.split(",").map((item) => {
    const [name = "", ...rest] = item.split(";").map((part) => part.trim().toLowerCase());
    const parameters = new Map<string, string>();
    for (const part of rest) {
      const [key = "", value = ""] = part.split("=");
      parameters.set(key.trim(), value.trim().replaceAll('"', ""));
    }
    const quality = Number(parameters.get("q") ?? "1");
    return { name, parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 };
  });
}
