import type { IncomingMessage, RequestOptions } from "node:http";
import type { AgentOptions } from "node:https";
import { errorCode, readTextFile } from "../files.ts";
import { VERSION } from "../version.ts";
import { CHECKED_AT_HEADER } from "../checked-at.ts";
import { type AskOptions, MAX_DOCUMENT_BYTES, parseDate, type RemoteAnswer, unreachable } from "./answer.ts";
import { describeFailure } from "./failure.ts";
import { findSecretMistake } from "./sendable.ts";
import { describeProxyRefusal } from "./proxy-failure.ts";
import type { HttpTarget, RemoteConfig } from "./target.ts";
import type { TlsSessions } from "./tls-session.ts";

/** A certificate authority's file is a few kilobytes, and so is a token's. */
const MAX_FILE_BYTES = 1024 * 1024;

interface HttpAskOptions extends AskOptions {
  readonly now: Date;
  readonly sessions: TlsSessions;
}

/**
 * Asks an exporter for its status document; `etag` is that of the document we have. Follows no redirect, for the
 * credentials are meant for this address. Proxies by `HTTPS_PROXY` and its kin are used by Node.js 22.21 and later.
 */
export async function askOverHttp(
  target: HttpTarget,
  etag: string | null,
  { env, stop, now, sessions }: HttpAskOptions,
): Promise<RemoteAnswer> {
  const { url, config } = target;
  const authorization = readAuthorization(target);
  if (authorization.kind === "failed") return unreachable(authorization.detail);
  const ca = config.caFile === null ? null : readTextFile(config.caFile, MAX_FILE_BYTES);
  if (ca?.kind === "failed") return unreachable(`\`caFile\` cannot be read (${ca.problem.reason})`);
  const isSecure = url.protocol === "https:";
  const library = isSecure ? await import("node:https") : await import("node:http");
  const authority = ca === null ? null : ca.text;
  if (authority !== null) {
    const { findAuthorityMistake } = await import("./authority.ts");
    const mistake = findAuthorityMistake(authority);
    if (mistake !== null) return unreachable(mistake);
  }
  let agent: RequestOptions["agent"];
  try {
    agent = new library.Agent(agentOptions(authority, env));
  } catch {
    // Its message quotes the address, which may hold a password.
    return unreachable("the address of a proxy in `HTTP_PROXY` or `HTTPS_PROXY` is none");
  }
  const timeout = AbortSignal.timeout(config.timeoutMs);
  const options: RequestOptions = {
    agent,
    headers: {
      accept: "application/json",
      "accept-encoding": "gzip",
      "user-agent": `agent-auth-exporter/${VERSION}`,
      ...(authorization.value === null ? {} : { authorization: authorization.value }),
      ...(etag === null ? {} : { "if-none-match": etag }),
    },
    signal: AbortSignal.any([timeout, stop]),
  };
  try {
    const response = isSecure
      ? await (await import("./https.ts")).getOverTls(target, options, { sessions, authority, now })
      : await getOpenly(url, options);
    return await readAnswer(response, { url, isAuthorized: authorization.value !== null });
  } catch (error) {
    // An answer that was cut off in the middle says nothing of time.
    if (timeout.aborted) return unreachable(`no answer within ${config.timeoutMs / 1_000} s`);
    return unreachable(errorCode(error) === "ERR_BUFFER_TOO_LARGE" ? TOO_LARGE : describeFailure(error, target));
  }
}

function agentOptions(ca: string | null, env: AskOptions["env"]): AgentOptions {
  return { proxyEnv: env, ...(ca === null ? {} : { ca }) };
}

const TOO_LARGE = `the answer is larger than ${MAX_DOCUMENT_BYTES} bytes`;

type Authorization =
  | { readonly kind: "value"; readonly value: string | null }
  | { readonly kind: "failed"; readonly detail: string };

function readAuthorization({ user, password, config }: HttpTarget): Authorization {
  const token = readSecret(config, "token");
  if (token.kind === "failed") return token;
  if (token.value !== null) return { kind: "value", value: `Bearer ${token.value}` };
  const secret = readSecret(config, "password");
  if (secret.kind === "failed") return secret;
  const name = config.user ?? user;
  if (name === "") return { kind: "value", value: null };
  const pair = `${name}:${secret.value ?? password}`;
  return { kind: "value", value: `Basic ${Buffer.from(pair).toString("base64")}` };
}

function readSecret(config: RemoteConfig, key: "token" | "password"): Authorization {
  const written = config[key];
  const file = config[`${key}File`];
  if (written !== null || file === null) return { kind: "value", value: written };
  const reading = readTextFile(file, MAX_FILE_BYTES);
  if (reading.kind === "failed")
    return { kind: "failed", detail: `\`${key}File\` cannot be read (${reading.problem.reason})` };
  const text = reading.text.trim();
  // An error about the header would quote the secret.
  const mistake = findSecretMistake(`${key}File`, text);
  return mistake === null ? { kind: "value", value: text } : { kind: "failed", detail: mistake };
}

async function getOpenly(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const { get } = await import("node:http");
  return new Promise((resolve, reject) => get(url, options).once("response", resolve).once("error", reject));
}

interface Asked {
  readonly url: URL;
  readonly isAuthorized: boolean;
}

async function readAnswer(response: IncomingMessage, asked: Asked): Promise<RemoteAnswer> {
  const { statusCode = 0, headers } = response;
  const checkedAt = parseDate(headerOf(headers[CHECKED_AT_HEADER]));
  const times = { checkedAt, clockAt: parseDate(headers.date ?? null) };
  if (statusCode === 200) {
    const bytes = await readBounded(response);
    if (bytes === null) return unreachable(TOO_LARGE);
    const text = headers["content-encoding"] === "gzip" ? await unzip(bytes) : bytes;
    return { kind: "document", text: text.toString("utf8"), etag: headers.etag ?? null, ...times };
  }
  response.destroy();
  return statusCode === 304 ? { kind: "unchanged", ...times } : unreachable(describeStatus(statusCode, asked));
}

function headerOf(value: string | readonly string[] | undefined): string | null {
  return typeof value === "string" ? value : null;
}

async function readBounded(response: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  const body: AsyncIterable<Buffer> = response;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_DOCUMENT_BYTES) return null;
  }
  return Buffer.concat(chunks);
}

async function unzip(bytes: Buffer): Promise<Buffer> {
  const { gunzipSync } = await import("node:zlib");
  return gunzipSync(bytes, { maxOutputLength: MAX_DOCUMENT_BYTES });
}

const ADVICE: Readonly<Record<number, string>> = {
  401: "it wants credentials; set `user` and `passwordFile`, or `tokenFile`",
  403: "it refuses these credentials",
  404: "nothing there answers as agent-auth; is this the address of its web server?",
  421: "it does not answer to this name; list the name in `web.hosts` there",
  503: "its first check has not ended yet",
};

function describeStatus(status: number, { url, isAuthorized }: Asked): string {
  if (status === 407) return describeProxyRefusal(url);
  if (status === 401 && isAuthorized) {
    return "HTTP 401: it does not take the user and the password, or the token, that it was sent";
  }
  const advice = status >= 300 && status < 400 ? "it sends us elsewhere; configure the final address" : ADVICE[status];
  return advice === undefined ? `it answers with HTTP ${status}` : `HTTP ${status}: ${advice}`;
}
