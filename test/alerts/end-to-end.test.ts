import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { describe, expect, type TestContext, test } from "vitest";
import { makeCertificate } from "../channels/certificate.ts";
import { createTemporaryHome } from "../run-cli.ts";
import { type Relay, runMailScenario } from "./mail-scenario.ts";
import { MAIL_PASSWORD, MAIL_USER } from "./mail-serve.ts";
import { parseMail, type ReceivedMail } from "./received-mail.ts";

const certificate = makeCertificate();

/** It insists on encryption and a login. */
async function startRelay({ onTestFinished }: TestContext): Promise<Relay> {
  const mails: ReceivedMail[] = [];
  let server: SMTPServer;
  const listen = async (port: number): Promise<number> => {
    server = new SMTPServer({
      ...certificate,
      authOptional: false,
      onAuth({ username, password }, _session, done) {
        if (username === MAIL_USER && password === MAIL_PASSWORD) done(null, { user: username });
        else done(new Error("wrong password"));
      },
      onData(stream, _session, done) {
        let text = "";
        stream.setEncoding("utf8").on("data", (part: string) => (text += part));
        stream.on("end", () => {
          mails.push(parseMail(text));
          done();
        });
      },
    });
    server.on("error", () => undefined);
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
    return (server.server.address() as AddressInfo).port;
  };
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  const port = await listen(0);
  onTestFinished(stop);
  return { port, mails: () => mails, stop, restart: async () => void (await listen(port)) };
}

describe.concurrent("a token that ends in three hours, ten lines of config, serve", () => {
  test.for([
    { name: "the alert and its end arrive once each", isDown: false, waiting: ["0", "0"] },
    { name: "so they do when the relay is down at both moments", isDown: true, waiting: ["1", "0", "1", "0"] },
  ])("$name", { timeout: 180_000 }, async ({ isDown, waiting }, context) => {
    const relay = await startRelay(context);
    const home = createTemporaryHome();
    context.onTestFinished(home.remove);
    const run = await runMailScenario(relay, { home: home.path, cert: certificate.cert, isDown });
    expect(run).toMatchObject({ arrived: [1, 2], pending: waiting });

    const [alert, end] = run.mails;
    expect(alert?.header("Subject")).toMatch(/^WARNING main@openclaw: anthropic:default expires in 2h 5\dm$/);
    expect(alert?.header("To")).toBe("ada@example.com");
    expect(alert?.text).toContain(
      "openclaw models auth paste-token --provider anthropic --profile-id anthropic:default",
    );
    expect(end?.header("Subject")).toMatch(/^RESOLVED main@openclaw: anthropic:default was about to expire/);
    const root = alert?.header("References");
    expect(root).toMatch(/^<thread-[0-9a-f]{24}@example\.com>$/);
    expect([alert?.header("In-Reply-To"), end?.header("In-Reply-To"), end?.header("References")]).toEqual(
      Array.from({ length: 3 }, () => root),
    );
    expect(end?.header("Message-ID")).not.toBe(alert?.header("Message-ID"));
    expect(run.output + run.mails.map(({ raw }) => raw).join("")).not.toContain("CANARY");
  });
});
