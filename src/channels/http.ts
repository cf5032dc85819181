import { isWebAddress } from "../web-address.ts";
import type { ChannelTools, Delivery, SendContext } from "./channel.ts";
import type { Secrets } from "./secret.ts";

/** As much of an answer as anybody needs; the rest is not read. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_REDIRECTS = 3;
/** Who asks us to wait longer gets asked again after a day. */
const MAX_RETRY_AFTER_MS = 86_400_000;

/** These repeat the request as it was; 303 would turn it into a question. */
const REPEATING_REDIRECTS = new Set([301, 302, 307, 308]);
const TRY_AGAIN = new Set([408, 425, 429]);

export interface HttpAttempt {
  readonly url: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null for a question. */
  readonly body: string | null;
  readonly timeoutMs: number;
  /** For services that say in the body what they should say in the status; null leaves it to the status. */
  readonly judge?: ((status: number, body: string) => Delivery | null) | undefined;
}

/**
 * Sends one request and maps the answer: 2xx is delivered; 408, 425, 429, 5xx and every failure of the network may be
 * tried again; all else is refused. A redirect is followed within the same origin only, for the body is not meant for
 * others. Neither address nor headers nor answer get into the detail.
 */
export async function attemptHttp(
  tools: Pick<ChannelTools, "fetch" | "userAgent">,
  attempt: HttpAttempt,
  context: SendContext,
): Promise<Delivery> {
  const target = readTarget(attempt);
  if (typeof target === "string") return { kind: "refused", detail: target };
  const deadline = AbortSignal.timeout(attempt.timeoutMs);
  const signal = AbortSignal.any([context.signal, deadline]);
  let { url } = target;
  try {
    for (let redirects = 0; ; redirects++) {
      const response = await tools.fetch(url, {
        method: attempt.method ?? "POST",
        headers: { "user-agent": tools.userAgent, ...target.headers },
        body: attempt.body,
        redirect: "manual",
        signal,
      });
      if (response.status < 300 || response.status > 399) return await readAnswer(response, attempt, context.now);
      await response.body?.cancel();
      const next = findRedirect(response, url);
      if (next === null || redirects === MAX_REDIRECTS) {
        return { kind: "refused", detail: `${nameStatus(response.status)}: configure the final address instead` };
      }
      url = next;
    }
  } catch (error) {
    const detail = context.signal.aborted
      ? "stopped before the answer"
      : deadline.aborted
        ? `no answer within ${attempt.timeoutMs / 1_000} s`
        : `no answer (${describeNetworkError(error)})`;
    return { kind: "retry", detail, retryAfterMs: null };
  }
}

/** The header for a `token`, else for a user and its `password`, else none. Throws `SecretError`. */
export function authorize(secrets: Secrets, user: string | undefined): Record<string, string> {
  const token = secrets.get("token");
  if (token !== null) return { authorization: `Bearer ${token}` };
  return user === undefined ? {} : { authorization: basicAuth(user, secrets.get("password") ?? "") };
}

/** The code of a failed connection, such as `ECONNREFUSED`; its message quotes addresses and stays here. */
function describeNetworkError(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (!("code" in at) || typeof at.code !== "string" || !/^[A-Z][A-Z0-9_]{2,60}$/.test(at.code)) continue;
    const remedy = REMEDIES.find(([codes]) => codes.test(at.code as string))?.[1];
    return remedy === undefined ? at.code : `${at.code}; ${remedy}`;
  }
  return "connection failed";
}

/** Codes of Node and OpenSSL that say what helps: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const REMEDIES: readonly (readonly [codes: RegExp, remedy: string])[] = [
  [
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w*(?:ISSUER|LEAF)\w*|CERT_UNTRUSTED)$/,
    "make its authority known with NODE_EXTRA_CA_CERTS",
  ],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, "its certificate is for another name; write that in the address"],
  [
    /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/,
    "it does not speak TLS; write http:// or its port for TLS",
  ],
  [/^ENOTFOUND$/, "check the name of the host"],
];

/** Milliseconds that a `Retry-After` asks for, in seconds or as a date; null when it says nothing. */
function parseRetryAfter(value: string | null, now: Date): number | null {
  if (value === null) return null;
  const text = value.trim();
  const waitMs = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now.getTime();
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(Math.ceil(waitMs), 0), MAX_RETRY_AFTER_MS);
}

function basicAuth(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

function nameStatus(status: number): string {
  // Loaded at the first answer: a config is read without it.
  const { STATUS_CODES } = process.getBuiltinModule("node:http");
  return `HTTP ${status} ${STATUS_CODES[status] ?? ""}`.trim();
}

interface Target {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** The address without the credentials in it, which become a header; a sentence when no request can be made. */
function readTarget({ url, headers }: HttpAttempt): Target | string {
  if (!isWebAddress(url)) return "the configured address is no http or https address";
  const address = new URL(url);
  try {
    const all = new Headers(headers);
    if (address.username !== "" && !all.has("authorization")) {
      all.set("authorization", basicAuth(decodeURIComponent(address.username), decodeURIComponent(address.password)));
    }
    address.username = "";
    address.password = "";
    return { url: address, headers: Object.fromEntries(all) };
  } catch {
    // The error quotes the value, and the value may be a token.
    return "a configured header or credential holds characters that cannot be sent";
  }
}

function findRedirect(response: Response, from: URL): URL | null {
  const location = response.headers.get("location");
  if (location === null || !REPEATING_REDIRECTS.has(response.status) || !URL.canParse(location, from.href)) return null;
  const to = new URL(location, from);
  return to.origin === from.origin ? to : null;
}

async function readAnswer(response: Response, attempt: HttpAttempt, now: Date): Promise<Delivery> {
  const { status } = response;
  const body = await readBounded(response);
  const judged = attempt.judge?.(status, body) ?? null;
  if (judged !== null) return judged;
  const detail = nameStatus(status);
  if (response.ok) return { kind: "delivered", detail };
  if (!TRY_AGAIN.has(status) && status < 500) return { kind: "refused", detail };
  return { kind: "retry", detail, retryAfterMs: parseRetryAfter(response.headers.get("retry-after"), now) };
}

/** The beginning of the body; a body that breaks off changes nothing about the status that was received. */
async function readBounded(response: Response): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> = response.body;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // The status stands.
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString("utf8");
}
