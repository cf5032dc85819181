import type { ChannelTools } from "../channels/channel.ts";
import type { GatewayOptions, OtlpOptions, PlaceName, Publisher } from "./publisher.ts";

/** The places that a config names; null where it names none. */
export interface Places {
  readonly textfile: string | null;
  readonly push: { readonly gateway: GatewayOptions | null; readonly otlp: OtlpOptions | null };
}

type Open = (places: Places, tools: ChannelTools) => Promise<Publisher | null>;

/** Every kind of place; what one needs is loaded only where it is named. */
const PLACES = {
  textfile: async ({ textfile }) =>
    textfile === null ? null : (await import("./textfile.ts")).createTextfile(textfile),
  "push.gateway": async ({ push: { gateway } }, tools) =>
    gateway === null ? null : (await import("./pushgateway.ts")).createPushgateway(gateway, tools),
  "push.otlp": async ({ push: { otlp } }, tools) =>
    otlp === null ? null : (await import("./otlp.ts")).createOtlp(otlp, tools),
} satisfies Record<PlaceName, Open>;

export async function openPlaces(places: Places, tools: ChannelTools): Promise<readonly Publisher[]> {
  const opened = await Promise.all(Object.values<Open>(PLACES).map((open) => open(places, tools)));
  return opened.filter((publisher) => publisher !== null);
}
