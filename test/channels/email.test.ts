import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { email } from "../../src/channels/email.ts";
import { judgeMailError } from "../../src/channels/smtp-answer.ts";
import { createChannelTools } from "../../src/channels/tools.ts";
import { makeCertificate } from "./certificate.ts";
import { context, FIRING, messageOf, RESOLVED } from "./sample.ts";

const PASSWORD = "CANARY-password";
const certificate = makeCertificate();

interface Mail {
  readonly text: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly isSecure: boolean;
}

let directory: string;
let server: SMTPServer;
let mails: Mail[];

/** A real mail server that wants TLS and a login. */
async function start(options: { readonly secure: boolean }): Promise<number> {
  mails = [];
  server = new SMTPServer({
    ...certificate,
    ...options,
    authOptional: false,
    onAuth({ username, password }, _session, done) {
      if (password === PASSWORD) done(null, { user: username });
      else done(Object.assign(new Error("no"), { responseCode: 535 }));
    },
    onData(stream, session, done) {
      let text = "";
      stream.setEncoding("utf8").on("data", (part: string) => (text += part));
      stream.on("end", () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mails.push({ text, to, user: session.user as string | undefined, isSecure: session.secure });
        done();
      });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return (server.server.address() as AddressInfo).port;
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-mail-"));
  writeFileSync(join(directory, "ca.pem"), certificate.cert);
});
afterEach(async () => {
  await new Promise<void>((resolve) => server.close(() => resolve()));
  rmSync(directory, { recursive: true, force: true });
});

async function open(port: number, given: object = {}) {
  const options = email.schema.parse({
    host: "localhost",
    port,
    from: "Agents <agents@example.com>",
    to: ["Ada <ada@example.com>", "ops@example.com"],
    user: "agents",
    password: PASSWORD,
    caFile: join(directory, "ca.pem"),
    timeout: "10s",
    ...given,
  });
  return email.create(options, createChannelTools({}, null));
}

const send = (channel: Awaited<ReturnType<typeof open>>, notification = FIRING) =>
  channel.send(notification, messageOf(notification), context());

/** A header's value, unfolded. */
function header(name: string, mail = mails[0]): string | undefined {
  const [head = ""] = (mail?.text ?? "").replaceAll("\r\n", "\n").split("\n\n");
  return new RegExp(`^${name}: (.*)$`, "im").exec(head.replaceAll(/\n[ \t]+/g, " "))?.[1];
}

describe.each([
  ["STARTTLS", false, "starttls"],
  ["TLS from the start", true, "tls"],
] as const)("a real server with %s and login", (_name, secure, security) => {
  test("takes the mail for every recipient, encrypted", async () => {
    const channel = await open(await start({ secure }), { security });
    expect(await send(channel)).toEqual({ kind: "delivered", detail: expect.stringMatching(/^SMTP 250/) });
    expect(mails).toMatchObject([{ to: ["ada@example.com", "ops@example.com"], user: "agents", isSecure: true }]);
  });

  test("a certificate that nobody vouches for is not talked to", async () => {
    const channel = await open(await start({ secure }), { security, caFile: undefined });
    expect(await send(channel)).toMatchObject({
      kind: "retry",
      detail: "no answer (its certificate is not trusted; name the authority's in `caFile`, or in NODE_EXTRA_CA_CERTS)",
    });
    expect(mails).toEqual([]);
  });

  test("a wrong password may be mended, and is tried again", async () => {
    const channel = await open(await start({ secure }), { security, password: "CANARY-wrong" });
    expect(await send(channel)).toMatchObject({
      kind: "retry",
      detail: "SMTP 535 after AUTH PLAIN; check `user` and `password`",
    });
  });
});

test("a server that offers no encryption gets neither password nor mail", async () => {
  const port = await start({ secure: false });
  await new Promise<void>((resolve) => server.close(() => resolve()));
  server = new SMTPServer({ disabledCommands: ["STARTTLS"], authOptional: true });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
  expect(await send(await open(port))).toMatchObject({
    kind: "retry",
    detail: "SMTP 500 after STARTTLS; where the server cannot encrypt, `security` has to say so",
  });
});

test("a port that expects the other kind of encryption is said so", async () => {
  const plain = await open(await start({ secure: false }), { security: "tls" });
  expect(await send(plain)).toMatchObject({ kind: "retry", detail: expect.stringContaining("`security: starttls`") });
  await new Promise<void>((resolve) => server.close(() => resolve()));
  const secure = await open(await start({ secure: true }), { security: "starttls", timeout: "1s" });
  expect(await send(secure)).toMatchObject({ kind: "retry", detail: expect.stringContaining("`security: tls`") });
});

test("a certificate for another name, and files that are not there, say what to do", async () => {
  const port = await start({ secure: true });
  const misnamed = judgeMailError(new Error("Hostname/IP does not match certificate's altnames: Host: CANARY."));
  expect(misnamed.detail).toMatch(/^no answer \(.*write the name it is for in `host`\)$/);
  const nowhere = await open(port, { security: "tls", caFile: join(directory, "nowhere.pem") });
  expect(await send(nowhere)).toMatchObject({ detail: "`caFile` cannot be read (not_found); make that file" });
  const unit = { password: undefined, passwordFile: "/run/credentials/CANARY.service/smtp" };
  expect(await send(await open(port, { security: "tls", ...unit }))).toMatchObject({
    detail: "`passwordFile` cannot be read (not_found); systemd makes it for the service alone, by LoadCredential=",
  });
});

test("what arrives: text, HTML, and headers that mark and thread it", async () => {
  const channel = await open(await start({ secure: true }), { security: "tls", replyTo: "help@example.com" });
  await send(channel);
  await send(channel, RESOLVED);
  expect(header("From")).toBe("Agents <agents@example.com>");
  expect(header("To")).toBe("Ada <ada@example.com>, ops@example.com");
  expect(header("Reply-To")).toBe("help@example.com");
  expect(header("Message-ID")).toBe(`<${FIRING.id}@example.com>`);
  expect(header("Auto-Submitted")).toBe("auto-generated");
  expect(header("X-Auto-Response-Suppress")).toBe("All");
  expect(header("List-Id")).toBe("<ops.agent-auth.example.com>");
  expect(header("Date")).toBe("Mon, 21 Sep 2026 14:13:20 +0000");
  expect(header("X-Priority")).toBe("1 (Highest)");
  expect(mails[0]?.text).toContain("Content-Type: text/plain; charset=utf-8");
  expect(mails[0]?.text).toContain("Content-Type: text/html; charset=utf-8");
  // The resolve answers the same root as the firing did.
  const root = header("References")?.split(" ")[0];
  expect(root).toMatch(/^<thread-[0-9a-f]{24}@example\.com>$/);
  expect(header("In-Reply-To", mails[1])).toBe(root);
  expect(header("Message-ID", mails[1])).not.toBe(header("Message-ID"));
});

describe("a recipient with an internationalised domain", () => {
  const IDN = "Ops <ops@bücher.example>";
  let putOff: boolean;

  async function startPuttingOff(): Promise<Awaited<ReturnType<typeof open>>> {
    putOff = true;
    const port = await start({ secure: true });
    server.onRcptTo = ({ address }, _session, done) => {
      const isOff = putOff && /xn--|ü/.test(address);
      done(isOff ? Object.assign(new Error("later"), { responseCode: 451 }) : null);
    };
    return open(port, { security: "tls", to: ["Ada <ada@example.com>", IDN] });
  }

  test("that is put off gets the mail with the next attempt, alone", async () => {
    const channel = await startPuttingOff();
    expect(await send(channel)).toMatchObject({ kind: "retry" });
    putOff = false;
    expect(await send(channel)).toMatchObject({ kind: "delivered" });
    expect(mails.map(({ to }) => to)).toEqual([["ada@example.com"], [expect.stringMatching(/^ops@/)]]);
  });
});
