import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { CHECKED_AT_HEADER } from "../checked-at.ts";
import { ConfigError } from "../errors.ts";
import { CONTENT_TYPES } from "../exposition.ts";
import type { Exposition } from "../exposition.ts";
import { redactSecrets } from "../redact.ts";
import type { Snapshot } from "../snapshot.ts";
import { negotiateEncoding, negotiateFormat } from "./accept.ts";
import type { Kept } from "./kept.ts";
import { createKeeper } from "./kept.ts";
import { renderPage } from "./page.ts";
import { explainUnready } from "./state.ts";
import type { WebState } from "./state.ts";

export interface RouteOptions {
  readonly telemetryPath: string;
  /** Answer `POST /-/reload`. */
  readonly isLifecycleEnabled: boolean;
  readonly state: () => WebState;
  readonly exposition: () => Exposition;
  /** The JSON of a snapshot; asked once for each. */
  readonly statusJson: (snapshot: Snapshot) => string | Buffer;
  /** What makes two of these documents different for somebody who keeps one. */
  readonly statusIdentity: (snapshot: Snapshot) => string;
  /** Rejects with a ConfigError that says what stays as it was and why, when something on disk cannot be used. */
  readonly reload: () => Promise<void>;
  readonly emails: () => "masked" | "plain";
  readonly now: () => Date;
}

const TEXT = "text/plain; charset=utf-8";

/** How long countdowns of the page may stand still: it is rendered at most this often, whoever asks. */
const PAGE_KEPT_MS = 10_000;

/** Registers every route; returns what each path allows, for those who come with another method. */
export function addRoutes(app: FastifyInstance, options: RouteOptions): ReadonlyMap<string, string> {
  const { telemetryPath } = options;
  const allowed = new Map<string, string>();
  const get = (path: string, handle: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>) => {
    app.get(path, handle);
    allowed.set(path, "GET, HEAD");
  };

  get(telemetryPath, async ({ headers }, reply) => {
    const format = negotiateFormat(headers.accept);
    const encoding = negotiateEncoding(headers["accept-encoding"]);
    if (encoding === "gzip") reply.header("content-encoding", "gzip");
    reply.header("content-type", CONTENT_TYPES[format]).header("vary", "accept, accept-encoding");
    return reply.send(await options.exposition().bytes(format, encoding));
  });

  get("/healthz", async (_, reply) => reply.type(TEXT).send("ok\n"));

  get("/readyz", async (_, reply) => {
    const reason = explainUnready(options.state(), options.now());
    if (reason !== null) reply.code(503);
    return reply.type(TEXT).send(reason === null ? "ready\n" : `not ready: ${reason}\n`);
  });

  const keepStatus = createKeeper(options.statusJson, options.statusIdentity);
  get("/api/v1/status", async (request, reply) => {
    const { snapshot } = options.state();
    reply.type("application/json; charset=utf-8");
    if (snapshot === null) return reply.code(503).send('{"error":"the first check has not ended yet"}\n');
    const kept = keepStatus(snapshot);
    // Kept by the client, asked for again each time; that is what the ETag is for.
    reply.header("cache-control", "private, no-cache").header("etag", kept.etag);
    reply.header(CHECKED_AT_HEADER, snapshot.generatedAt.toISOString());
    if (hasEtag(request.headers["if-none-match"], kept.etag)) return reply.code(304).send();
    return sendKept(request, reply, kept);
  });

  if (telemetryPath !== "/") {
    const keepPage = createKeeper((state: WebState) =>
      renderPage(state, { now: options.now(), emails: options.emails(), telemetryPath }),
    );
    get("/", async (request, reply) => {
      const key = `${options.emails()} ${Math.floor(options.now().getTime() / PAGE_KEPT_MS)}`;
      return sendKept(request, reply.type("text/html; charset=utf-8"), keepPage(options.state(), key));
    });
  }

  allowed.set("/-/reload", "POST");
  app.post("/-/reload", async (request, reply) => {
    reply.type(TEXT);
    if (!options.isLifecycleEnabled) {
      return reply.code(403).send("reloading over HTTP is off; start with --web.enable-lifecycle, or send SIGHUP\n");
    }
    if (isFromAnotherSite(request)) return reply.code(403).send("not from another site\n");
    try {
      await options.reload();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return reply.code(500).send(`${redactSecrets(error.message)}\n`);
    }
    return reply.send("reloaded\n");
  });
  return allowed;
}

/** A page of another site can make a browser send a POST; only browsers send these headers, the older ones `Origin` alone. */
function isFromAnotherSite({ headers }: FastifyRequest): boolean {
  const { origin, host, "sec-fetch-site": site } = headers;
  if (site === "cross-site" || site === "same-site") return true;
  return origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host?.toLowerCase());
}

async function sendKept(request: FastifyRequest, reply: FastifyReply, kept: Kept): Promise<FastifyReply> {
  const encoding = negotiateEncoding(request.headers["accept-encoding"]);
  if (encoding === "gzip") reply.header("content-encoding", "gzip");
  return reply.header("vary", "accept-encoding").send(await kept.bytes(encoding));
}

function hasEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  return ifNoneMatch !== undefined && ifNoneMatch.split(",").some((tag) => tag.trim() === etag || tag.trim() === "*");
}
