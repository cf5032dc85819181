// What a server of the same libraries weighs before it does anything: fastify, and prom-client with its own metrics.
import fastify from "fastify";
import { collectDefaultMetrics, register } from "prom-client";

collectDefaultMetrics();
const server = fastify();
server.get("/metrics", async (_request, reply) => reply.type(register.contentType).send(await register.metrics()));
process.stdout.write(`${await server.listen({ host: "127.0.0.1", port: 0 })}\n`);
