import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { addRoutes, type RouteOptions } from "./routes.ts";

export interface App {
  readonly fastify: FastifyInstance;
  /** Path to the methods that it takes. */
  readonly allowed: ReadonlyMap<string, string>;
}

/** Fastify with every route; it does not listen. Who may ask, and the headers of every answer, are decided before it. */
export async function createApp(options: RouteOptions, log: FastifyBaseLogger): Promise<App> {
  const { LogController, fastify } = await import("fastify");
  const app = fastify({
    loggerInstance: log,
    // A line per scrape would bury the lines that matter.
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (_error, _request, reply) => {
      reply.raw.writeHead(400, { "content-type": "text/plain" }).end("not a valid path\n");
    },
  });
  app.addHook("onRequest", async (request, reply) => {
    const { "content-length": length = "0", "transfer-encoding": transfer } = request.headers;
    if (transfer !== undefined || Number(length) > 0) {
      reply.header("connection", "close").code(413).type("text/plain");
      return reply.send("no route takes a body\n");
    }
    return undefined;
  });
  // No body gets this far; an empty one may still come with any content type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  // It would be told that its body lacks a type, where no path takes it at all.
  app.addHttpMethod("QUERY", { hasBody: false, overrideExisting: true });
  const allowed = addRoutes(app, options);
  app.setNotFoundHandler(async (request, reply) => {
    const methods = allowed.get(request.url.split("?", 1)[0] ?? "");
    reply.type("text/plain");
    if (methods === undefined) return reply.code(404).send("not found\n");
    return reply.code(405).header("allow", methods).send(`this path takes ${methods}\n`);
  });
  app.setErrorHandler(async (error: Error & { readonly statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, path: request.url }, "a request failed");
    const text = status >= 500 ? "internal error; the log says more\n" : "bad request\n";
    return reply.code(status).type("text/plain").send(text);
  });
  await app.ready();
  return { fastify: app, allowed };
}
