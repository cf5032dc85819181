import { get } from "node:http";
import type { IncomingMessage } from "node:http";
import { get as getSecurely } from "node:https";
import { ConfigError, UsageError } from "../errors.ts";
import { errorCode } from "../files.ts";
import { clean } from "../format/terminal.ts";
import { parseListenAddress } from "../listen-address.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { openConfig } from "./open-config.ts";
import type { OptionValues } from "./option-values.ts";

const TIMEOUT_MS = 5_000;
const MAX_SHOWN = 500;

const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there: is `agent-auth serve` running, with the same web.listenAddress?",
  ECONNRESET: "it hung up: does it expect https?",
  EPROTO: "it does not speak TLS: does it expect http?",
};

interface Finding {
  readonly isHealthy: boolean;
  readonly text: string;
}

/**
 * `agent-auth healthcheck`: asks our own server and exits 0 or 1, for the HEALTHCHECK of a container. A server that asks
 * for a password or a client certificate lives; more it cannot tell, for the web config holds no password.
 */
export const runHealthcheckCommand: RunCommand = async (options, context) => {
  const { isHealthy, text } = await askFirstThatAnswers(await listUrls(options, context));
  context.write(`${clean(text)}\n`);
  return isHealthy ? 0 : 1;
};

/** With a web config, https before http: it may have no TLS, and is not read here, for a bad one changes nothing in the server. */
async function listUrls(options: OptionValues, { env, cacheDirectory }: CommandContext): Promise<readonly string[]> {
  const given = options.text("url");
  if (given !== null) {
    if (URL.canParse(given) && /^https?:$/.test(new URL(given).protocol)) return [given];
    throw new UsageError(
      `healthcheck: expected an http or https address, got "${given}"; write for example http://127.0.0.1:10884/readyz`,
    );
  }
  const { web } = (await openConfig(options, { env, cacheDirectory })).config;
  const [first = ""] = web.listenAddress;
  const address = parseListenAddress(first);
  if (address === null || address.port === 0) {
    throw new ConfigError(
      `web.listenAddress: expected a port that can be asked, got "${first}"; name the address to ask instead`,
    );
  }
  const schemes = web.configFile === null ? ["http"] : ["https", "http"];
  return schemes.map((scheme) => `${scheme}://${toHost(address.host)}:${address.port}/readyz`);
}

/** Whoever listens on every interface is asked on loopback. */
function toHost(host: string | undefined): string {
  if (host === undefined || host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

async function askFirstThatAnswers(urls: readonly string[]): Promise<Finding> {
  let last: Finding = { isHealthy: false, text: "nothing to ask" };
  for (const url of urls) {
    last = await ask(url);
    if (last.isHealthy) break;
  }
  return last;
}

async function ask(url: string): Promise<Finding> {
  const { promise, resolve } = Promise.withResolvers<Finding>();
  // Nothing is sent that somebody could want, and the certificate rarely names loopback.
  const options = { agent: false, rejectUnauthorized: false, signal: AbortSignal.timeout(TIMEOUT_MS) } as const;
  let isSecured = false;
  const request = (url.startsWith("https:") ? getSecurely : get)(url, options, (response) => {
    judge(url, response).then(resolve, (error: unknown) => resolve(fail(url, error)));
  });
  request.on("socket", (socket) => socket.once("secureConnect", () => (isSecured = true)));
  request.on("error", (error) => {
    const isClosed = isSecured && errorCode(error) === "ECONNRESET";
    resolve(isClosed ? { isHealthy: true, text: `${url}: alive; it asks for a client certificate` } : fail(url, error));
  });
  return promise;
}

async function judge(url: string, response: IncomingMessage): Promise<Finding> {
  const { statusCode = 0, headers } = response;
  const body = Buffer.concat((await response.toArray()) as Buffer[]).toString("utf8");
  if (statusCode === 401 && headers["www-authenticate"]?.includes('realm="agent-auth-exporter"')) {
    return { isHealthy: true, text: `${url}: alive; it asks for a password` };
  }
  if (statusCode === 429) return { isHealthy: true, text: `${url}: alive; too many requests at the moment` };
  const isHealthy = statusCode >= 200 && statusCode < 300;
  const [line = ""] = body.split("\n", 1);
  return { isHealthy, text: `${url}: ${statusCode} ${line.slice(0, MAX_SHOWN)}`.trimEnd() };
}

function fail(url: string, error: unknown): Finding {
  const isLate = error instanceof Error && error.name === "AbortError";
  const code = errorCode(error);
  const advice = ADVICE[code] === undefined ? "" : `; ${ADVICE[code]}`;
  const text = `${url}: ${isLate ? `no answer within ${TIMEOUT_MS / 1_000} s` : code}${advice}`;
  return { isHealthy: false, text };
}
