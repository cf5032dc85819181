import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { factOf } from "./world.ts";

/** What a relay does with a message that it has read to its end. To swallow is to answer well and forget. */
export type Treatment = "accept" | "swallow" | "accept-then-drop" | "drop" | "busy" | "fail";

/** The other end: counts what arrives, and behaves badly on demand. Loopback only. */
export interface Relay {
  readonly url: string;
  /** Every fact that was taken in, in the order of arrival, repetitions included. */
  readonly received: readonly string[];
  /** Asked for each message. */
  treat: () => Treatment;
  /** Refuses connections from now on. */
  goDown(): Promise<void>;
  comeUp(): Promise<void>;
  /** Before a message that was taken in is answered. */
  beforeAnswer: () => void;
  close(): Promise<void>;
}

interface Payload {
  readonly items: readonly { readonly agent: string; readonly because: string; readonly severity: string }[];
}

export async function startRelay(): Promise<Relay> {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const treatment = relay.treat();
      if (treatment.startsWith("accept")) {
        const { items } = JSON.parse(body) as Payload;
        // Of what was over before it could leave, the beginning is told as well.
        for (const { agent, because, severity } of items)
          received.push(factOf(agent, because === "resolved" ? "resolved" : "firing", severity));
        relay.beforeAnswer();
      }
      answer(response, treatment);
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const port = await listen(server, 0);
  const goDown = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const relay: Relay = {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    treat: () => "accept",
    beforeAnswer: () => undefined,
    goDown,
    async comeUp() {
      await listen(server, port);
    },
    close: goDown,
  };
  return relay;
}

function answer(response: ServerResponse, treatment: Treatment): void {
  switch (treatment) {
    case "accept":
    case "swallow":
      response.writeHead(204).end();
      return;
    case "busy":
      response.writeHead(429, { "retry-after": "90" }).end();
      return;
    case "fail":
      response.writeHead(503).end();
      return;
    case "drop":
    case "accept-then-drop":
      response.destroy();
  }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(port, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}
