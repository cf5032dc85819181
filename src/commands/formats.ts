import type { Config } from "../config/config.ts";
import type { Format, Render } from "../format/format.ts";

/** Every output format of `check`; only the one that is asked for is loaded. */
const FORMATS = {
  text: async () => (await import("../format/text.ts")).renderText,
  json: async () => (await import("../format/json.ts")).renderJson,
  openclaw: async () => (await import("../format/openclaw.ts")).renderOpenclaw,
  nagios: async () => (await import("../format/nagios.ts")).renderNagios,
  prom: async (config) => (await import("./prom-format.ts")).createPromRenderer(config),
} satisfies Record<Format, (config: Config) => Promise<Render>>;

/** How to render a check in a format, with the labels that the config asks for. */
export async function loadRenderer(format: Format, config: Config): Promise<Render> {
  return FORMATS[format](config);
}
