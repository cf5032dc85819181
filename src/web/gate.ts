import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { FastifyBaseLogger } from "fastify";
import type { WebSecurity } from "../web-security.ts";
import { type BasicAuth, createBasicAuth } from "./basic-auth.ts";
import { CONTENT_SECURITY_POLICY } from "./page-style.ts";
import { createRateLimit } from "./rate-limit.ts";

export interface Gate {
  /** Answers who may not pass, and hands everybody else on. Every answer has the headers of the web config. */
  readonly guard: (isExpectedHost: (header: string | undefined) => boolean, pass: RequestListener) => RequestListener;
  /** From the next request on. Passwords seen so far are hashed anew when the users are others. */
  secure(security: WebSecurity): void;
}

const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "deny",
};

const CHALLENGE = 'Basic realm="agent-auth-exporter", charset="UTF-8"';

/** Somebody who tries passwords must not fill the disk. */
const TELL_EVERY_MS = 60_000;

export function createGate(initial: WebSecurity, log: FastifyBaseLogger): Gate {
  const clock = (): number => performance.now();
  let state = open(initial, null);
  let toldAtMs = -Infinity;
  let refusals = 0;

  function open(
    security: WebSecurity,
    before: { readonly users: WebSecurity["users"]; readonly auth: BasicAuth } | null,
  ) {
    const { users } = security;
    const hasSameUsers = before !== null && isSameMap(before.users, users);
    return {
      users,
      auth: hasSameUsers ? before.auth : createBasicAuth(users, comparePassword),
      mayPass: createRateLimit(security.rateLimit, clock),
      headers: Object.entries(mergeHeaders(security.headers)),
    };
  }

  function tellRefusal(from: string): void {
    refusals += 1;
    if (clock() - toldAtMs < TELL_EVERY_MS) return;
    // Not the user: people type passwords there.
    log.warn({ from, refusals }, "a wrong user or password was refused");
    toldAtMs = clock();
    refusals = 0;
  }

  async function identify(request: IncomingMessage, response: ServerResponse, pass: RequestListener): Promise<void> {
    const { authorization } = request.headers;
    const from = request.socket.remoteAddress ?? "";
    const outcome = await state.auth.check(authorization, from);
    if (response.destroyed) return;
    if (outcome === "granted") return pass(request, response);
    if (outcome === "busy") {
      refuse(request, response, { status: 429, text: "too many wrong passwords at once; try again", headers: RETRY });
      return;
    }
    if (authorization !== undefined) tellRefusal(from);
    const headers = { "www-authenticate": CHALLENGE };
    refuse(request, response, { status: 401, text: "expected a user and a password of the web config", headers });
  }

  return {
    guard: (isExpectedHost, pass) => (request, response) => {
      for (const [name, value] of state.headers) response.setHeader(name, value);
      if (!state.mayPass()) {
        refuse(request, response, {
          status: 429,
          text: "too many requests; see rate_limit of the web config",
          headers: RETRY,
        });
      } else if (!isExpectedHost(request.headers.host)) {
        const remedy = "ask for localhost or an address, or list the name in web.hosts of the config";
        const headers = { connection: "close" };
        refuse(request, response, { status: 421, text: `this host name is not expected here: ${remedy}`, headers });
      } else if (state.users.size === 0) {
        pass(request, response);
      } else {
        identify(request, response, pass).catch((error: unknown) => {
          log.error({ err: error }, "a request failed");
          response.destroy();
        });
      }
    },
    secure(security) {
      state = open(security, state);
    },
  };
}

const RETRY = { "retry-after": "1" };

interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

function refuse(
  { headers: asked }: IncomingMessage,
  response: ServerResponse,
  { status, text, headers }: Refusal,
): void {
  // Nobody is going to read a body.
  const hasBody = asked["transfer-encoding"] !== undefined || Number(asked["content-length"] ?? 0) > 0;
  const body = `${text}\n`;
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    ...(hasBody ? { connection: "close" } : {}),
    ...headers,
  });
  response.end(body);
}

function mergeHeaders(given: WebSecurity["headers"]): Readonly<Record<string, string>> {
  const lower = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(
    Object.entries({ ...HEADERS, ...Object.fromEntries(lower) }).filter(([, value]) => value !== ""),
  );
}

function isSameMap(a: WebSecurity["users"], b: WebSecurity["users"]): boolean {
  return a.size === b.size && [...a].every(([user, hash]) => b.get(user) === hash);
}

/** In slices of at most a tenth of a second each, between which scrapes are answered. Loads the library at the first guess. */
async function comparePassword(password: string, hash: string): Promise<boolean> {
  const { compare } = await import("bcryptjs");
  return compare(password, hash);
}
