import { isIP } from "node:net";

export interface HostNames {
  /** Name of this machine, with or without its domain. */
  readonly ownName: string;
  /** Names from the config, for whoever asks through a proxy that passes them on. */
  readonly listed: readonly string[];
}

/**
 * A function that says whether a `Host` header names this machine. A page on the Internet can have its own name resolve
 * to 127.0.0.1 and then read what a browser here may read ("DNS rebinding"), but it cannot hide the name it asks for.
 */
export function createHostCheck({ ownName, listed }: HostNames): (header: string | undefined) => boolean {
  const own = ownName.toLowerCase();
  const names = new Set(["localhost", own, own.split(".", 1)[0], ...listed.map((name) => name.toLowerCase())]);
  return (header) => {
    // Only HTTP/1.0 may leave it out, and no browser speaks that.
    if (header === undefined) return true;
    const groups = FORM.exec(header)?.groups;
    if (groups === undefined) return false;
    const { ipv6 } = groups;
    if (ipv6 !== undefined) return isIP(ipv6) === 6;
    const name = (groups["name"] ?? "").toLowerCase();
    return isIP(name) === 4 || names.has(name) || name.endsWith(".localhost");
  };
}

const FORM = /^(?:\[(?<ipv6>[\da-f:.]+)\]|(?<name>[^\s[\]:/@]+?)\.?)(?::\d+)?$/i;
