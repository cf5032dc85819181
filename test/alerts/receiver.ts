import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Message } from "../../src/alerts/message.ts";
import type { Notification } from "../../src/alerts/notification.ts";
import type { Channel } from "../../src/channels/channel.ts";

/** How a receiver treats one request; it has the body already. */
export type Behaviour = (response: ServerResponse, body: string) => void;

export const accept: Behaviour = (response) => response.writeHead(204).end();
export const drop: Behaviour = (response) => response.destroy();
export const hang: Behaviour = () => undefined;
export function answer(status: number, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return (response) => response.writeHead(status, headers).end();
}
/** Refuses for good what has this text anywhere in it, and takes everything else. */
export function dislike(text: string): Behaviour {
  return (response, body) => response.writeHead(body.includes(text) ? 400 : 204).end();
}

export interface Receiver {
  readonly url: string;
  /** Ids of all messages that arrived whole, whatever was answered. */
  readonly attempts: readonly string[];
  /** Ids of those that were accepted. */
  readonly accepted: readonly string[];
  /** From now on; a list is used up from its front, and the last entry stays. */
  behave(...behaviours: readonly Behaviour[]): void;
  close(): Promise<void>;
}

/** A server on the loopback interface that behaves as told. */
export async function startReceiver(): Promise<Receiver> {
  const attempts: string[] = [];
  const accepted: string[] = [];
  let plan: readonly Behaviour[] = [accept];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const { id } = JSON.parse(body) as { id: string };
      attempts.push(id);
      const [behave = accept, ...rest] = plan;
      if (rest.length > 0) plan = rest;
      response.on("finish", () => {
        if (response.statusCode < 300) accepted.push(id);
      });
      behave(response, body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/CANARY-path`,
    attempts,
    accepted,
    behave(...behaviours) {
      plan = behaviours;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A channel that posts the id of each message, and reads answers as the real ones do. */
export function postTo(url: string): Channel {
  return {
    async send({ id }, { title }, { signal }) {
      try {
        const response = await fetch(url, { method: "POST", body: JSON.stringify({ id, title }), signal });
        await response.arrayBuffer();
        const detail = String(response.status);
        if (response.ok) return { kind: "delivered", detail };
        if (response.status < 500 && response.status !== 429) return { kind: "refused", detail };
        const seconds = response.headers.get("retry-after");
        return { kind: "retry", detail, retryAfterMs: seconds === null ? null : Number(seconds) * 1_000 };
      } catch {
        return { kind: "retry", detail: "no answer", retryAfterMs: null };
      }
    },
    close: () => Promise.resolve(),
  };
}

export function renderPlainly({ id, items }: Notification): Message {
  const title = `${id}: ${items.map(({ condition }) => condition.summary).join("; ")}`;
  return { title, text: title, html: title, sections: [], commandOptions: "" };
}
