import { createServer, type Socket } from "node:net";
import { listen } from "./http-receiver.ts";

type Verb = "CONNECT" | "EHLO" | "MAIL" | "RCPT" | "DATA" | "DOT";

/** A reply for a step; null says nothing for ever, "" hangs up. */
export type SmtpScript = Partial<Record<Verb, string | null | ((argument: string) => string)>>;

export interface SmtpReplies {
  readonly port: number;
  /** Recipients of each message that was accepted. */
  readonly accepted: readonly (readonly string[])[];
  close(): Promise<void>;
}

const REPLIES = {
  CONNECT: "220 ready",
  EHLO: "250 fine",
  MAIL: "250 2.1.0 ok",
  RCPT: "250 2.1.5 ok",
  DATA: "354 go on",
  DOT: "250 2.0.0 queued",
} as const satisfies Record<Verb, string>;

/** A server that speaks just enough SMTP to give any reply at any step, which a real one cannot be made to do. */
export async function startSmtpReplies(script: SmtpScript): Promise<SmtpReplies> {
  const accepted: (readonly string[])[] = [];
  const server = createServer((socket) => {
    let buffer = "";
    let isInData = false;
    let recipients: string[] = [];
    const reply = (verb: Verb, argument = ""): boolean => {
      const given = verb in script ? script[verb] : REPLIES[verb];
      const text = typeof given === "function" ? given(argument) : given;
      if (text === null || text === undefined) return false;
      if (text === "") socket.destroy();
      else socket.write(`${text}\r\n`);
      return /^[23]/.test(text);
    };
    const handle = (line: string): void => {
      if (isInData) {
        if (line !== ".") return;
        isInData = false;
        if (reply("DOT")) accepted.push(recipients);
        recipients = [];
        return;
      }
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === "EHLO" || verb === "HELO") reply("EHLO");
      else if (verb === "MAIL") reply("MAIL");
      else if (verb === "RCPT") {
        const recipient = /<(.*)>/.exec(line)?.[1] ?? "";
        if (reply("RCPT", recipient)) recipients.push(recipient);
      } else if (verb === "DATA") isInData = reply("DATA");
      else if (verb === "QUIT") socket.end("221 bye\r\n");
      else socket.write("250 ok\r\n");
    };
    socket.on("error", () => undefined);
    socket.setEncoding("utf8").on("data", (text: string) => {
      buffer += text;
      const lines = buffer.split("\r\n");
      buffer = lines.pop() ?? "";
      lines.forEach(handle);
    });
    reply("CONNECT");
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  const port = await listen(server);
  return {
    port,
    accepted,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
