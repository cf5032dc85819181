import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Server } from "node:net";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What a receiver does with a request it has read. */
export type Behaviour = (response: ServerResponse, received: Received) => void;

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
}

/** A real HTTP server, over TLS when there is a certificate. */
export async function startReceiver(tls?: { readonly key: string; readonly cert: string }): Promise<Receiver> {
  const received: Received[] = [];
  let behaviour: Behaviour = (response) => response.writeHead(204).end();
  const listener: RequestListener = (incoming, response) => {
    let body = "";
    incoming.setEncoding("utf8").on("data", (text: string) => (body += text));
    incoming.on("end", () => {
      const one = { method: incoming.method ?? "", path: incoming.url ?? "", headers: incoming.headers, body };
      received.push(one);
      behaviour(response, one);
    });
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  const port = await listen(server);
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    received,
    behave(next) {
      behaviour = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

export function answer(status: number, headers: Readonly<Record<string, string>> = {}, body = ""): Behaviour {
  return (response) => response.writeHead(status, headers).end(body);
}

export const hang: Behaviour = () => undefined;
export const reset: Behaviour = (response) => response.socket?.resetAndDestroy();
/** A status line, and then nothing more. */
export const halfHeaders: Behaviour = (response) => {
  response.socket?.write("HTTP/1.1 200 OK\r\nContent-Le");
  response.socket?.destroy();
};
/** All headers, and a body that breaks off. */
export const halfBody: Behaviour = (response) => {
  response.writeHead(200, { "content-length": "100" });
  response.write("part", () => response.socket?.destroy());
};
/** A body that never ends. */
export const endless: Behaviour = (response) => {
  response.writeHead(200);
  const chunk = "x".repeat(64 * 1024);
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
    response.once("drain", more);
  };
  more();
};
