/** Where a server listens; without a host on every interface, IPv6 included. */
export interface ListenAddress {
  readonly host: string | undefined;
  /** 0 leaves the choice to the system. */
  readonly port: number;
}

const FORM = /^(?:\[(?<ipv6>[\da-fA-F:.]+(?:%[\w.-]+)?)\]|(?<name>[\w.-]+))?:(?<port>\d{1,5})$/;

/** Reads `127.0.0.1:10884`, `[::1]:10884`, `localhost:0` or `:10884`; null when the text is none of these forms. */
export function parseListenAddress(text: string): ListenAddress | null {
  const groups = FORM.exec(text.trim())?.groups;
  const port = Number(groups?.["port"]);
  if (groups === undefined || port > 65_535) return null;
  return { host: groups["ipv6"] ?? groups["name"], port };
}

/** `host:port` as it stands in a URL; the host of every interface is left out. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return `${host?.includes(":") ? `[${host}]` : (host ?? "")}:${port}`;
}

/** True when nobody beyond this host can connect. */
export function isLoopback({ host }: ListenAddress): boolean {
  return host !== undefined && /^(?:localhost|::1|(?:::ffff:)?127(?:\.\d{1,3}){3})$/i.test(host);
}
