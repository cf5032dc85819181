import { isIP } from "node:net";

const REMEDY = "mend it, or name the host in `NO_PROXY`";

/** What Node.js says of a connection that failed: of its proxy, where one is on the way. */
interface Failure {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
  readonly statusCode?: number;
}

/** What a proxy on the way to this address has to do with a failure; null for nothing that can be told. */
export function describeProxyFailure(error: unknown, url: URL): string | null {
  // A name with several addresses fails with one error for each.
  const failure: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (!isFailure(failure)) return null;
  const { code, statusCode } = failure;
  const proxy = `the proxy in ${nameVariable(url)}`;
  if (code === "ERR_PROXY_TUNNEL" && statusCode !== undefined) {
    if (statusCode === 407) return describeProxyRefusal(url);
    return `HTTP ${statusCode} of ${proxy}, which does not reach the host; ${REMEDY}`;
  }
  return isOfProxy(failure, url) ? `${proxy} does not answer (${code}); ${REMEDY}` : null;
}

function isFailure(error: unknown): error is Failure {
  return error instanceof Error;
}

/** For the answer 407. */
export function describeProxyRefusal(url: URL): string {
  const remedy = `write them into ${nameVariable(url)}, or name the host in \`NO_PROXY\``;
  return `HTTP 407: a proxy on the way wants credentials; ${remedy}`;
}

/** Both are understood in small letters, too. */
function nameVariable({ protocol }: URL): string {
  return protocol === "https:" ? "`HTTPS_PROXY`" : "`HTTP_PROXY`";
}

/** Whether it was somebody else who was to be reached. One with the port of the host and another name cannot be told from it. */
function isOfProxy({ address, port, hostname }: Failure, url: URL): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (hostname !== undefined) return hostname !== host;
  if (port === undefined) return false;
  const ownPort = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return port !== ownPort || (isIP(host) !== 0 && address !== host);
}
