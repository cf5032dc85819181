import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { describe, expect, type TestContext, test } from "vitest";
import { makeCertificate } from "../channels/certificate.ts";
import { createTemporaryHome } from "../run-cli.ts";
import { waitFor } from "../wait.ts";
import { MAIL_PASSWORD, MAIL_USER, startMailServe } from "./mail-serve.ts";
import { parseMail, type ReceivedMail } from "./received-mail.ts";

const WITHIN_MS = 30_000;
const PENDING = 'agent_auth_notifications_pending{channel="mail"}';
const certificate = makeCertificate();

interface Relay {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** Nobody listens any more. */
  stop(): Promise<void>;
  /** Listens again, where it did before. */
  restart(): Promise<void>;
}

/** A mail server that insists on encryption and a login. */
async function startRelay({ onTestFinished }: TestContext): Promise<Relay> {
  const mails: ReceivedMail[] = [];
  let server: SMTPServer;
  const listen = async (port: number): Promise<void> => {
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
  };
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  await listen(0);
  const { port } = server!.server.address() as AddressInfo;
  onTestFinished(stop);
  return { port, mails, stop, restart: () => listen(port) };
}

async function prepare(context: TestContext) {
  const relay = await startRelay(context);
  const home = createTemporaryHome();
  context.onTestFinished(home.remove);
  return {
    relay,
    async serve() {
      const mailServe = await startMailServe(home.path, relay.port, certificate.cert);
      const { signal, ended } = mailServe.serving;
      context.onTestFinished(async () => {
        signal("SIGKILL");
        await ended;
      });
      return mailServe;
    },
    mail: (place: number) => waitFor(`mail ${place + 1}`, () => relay.mails[place], WITHIN_MS),
  };
}

function expectBothMails([firing, resolve, ...more]: readonly ReceivedMail[]): void {
  expect(more).toEqual([]);
  expect(firing?.header("Subject")).toMatch(/^WARNING main@openclaw: anthropic:default expires in 2h 5\dm$/);
  expect(firing?.header("To")).toBe("ada@example.com");
  expect(firing?.text).toContain(
    "openclaw models auth paste-token --provider anthropic --profile-id anthropic:default",
  );
  expect(resolve?.header("Subject")).toMatch(/^RESOLVED main@openclaw: anthropic:default was about to expire/);
  const root = firing?.header("References");
  expect(root).toMatch(/^<thread-[0-9a-f]{24}@example\.com>$/);
  expect(firing?.header("In-Reply-To")).toBe(root);
  expect(resolve?.header("In-Reply-To")).toBe(root);
  expect(resolve?.header("References")).toBe(root);
  expect(resolve?.header("Message-ID")).not.toBe(firing?.header("Message-ID"));
  expect(`${firing?.raw}${resolve?.raw}`).not.toContain("CANARY");
}

describe.concurrent("a token that ends in three hours, ten lines of config, serve", () => {
  test("the mail comes, nothing more at further checks, and the end when the token is replaced", async (context) => {
    const { relay, serve, mail } = await prepare(context);
    const { serving, metric, untilTried, replaceToken, checkAgain } = await serve();
    await mail(0);
    await untilTried("delivered", 1);
    await checkAgain();
    expect([relay.mails.length, await metric(PENDING)]).toEqual([1, "0"]);

    await replaceToken(24 * 300);
    await mail(1);
    await untilTried("delivered", 2);
    await checkAgain();
    expect(await metric(PENDING)).toBe("0");
    expectBothMails(relay.mails);
    expect(serving.stderr() + JSON.stringify(serving.log)).not.toContain("CANARY");
  }, 120_000);

  test("each comes once, too, when the relay is down at both moments", async (context) => {
    const { relay, serve, mail } = await prepare(context);
    await relay.stop();
    const { serving, metric, untilTried, replaceToken, checkAgain } = await serve();
    await untilTried("retried", 1);
    await checkAgain();
    expect(await metric(PENDING)).toBe("1");
    await relay.restart();
    await mail(0);
    await untilTried("delivered", 1);

    await relay.stop();
    await replaceToken(24 * 300);
    await untilTried("retried", 2);
    await checkAgain();
    expect(await metric(PENDING)).toBe("1");
    await relay.restart();
    await mail(1);
    await untilTried("delivered", 2);
    await checkAgain();
    expect(await metric(PENDING)).toBe("0");
    expectBothMails(relay.mails);
    expect(serving.stderr() + JSON.stringify(serving.log)).not.toContain("CANARY");
  }, 180_000);
});
