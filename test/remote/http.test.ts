import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { askOverHttp } from "../../src/remote/http.ts";
import { DEFAULT_REMOTE, type RemoteConfig, type HttpTarget, toTargets } from "../../src/remote/target.ts";
import { writeSigned } from "../certificates.ts";
import { makeCertificate } from "../channels/certificate.ts";
import {
  answer,
  type Behaviour,
  endless,
  halfBody,
  halfHeaders,
  hang,
  type Receiver,
  reset,
  startReceiver,
} from "../channels/http-receiver.ts";
import { NOW } from "../snapshot-builder.ts";
import { waitFor } from "../wait.ts";

const ASKING = { env: {}, stop: new AbortController().signal, now: NOW, sessions: new WeakMap() };
/** A file that is there and holds something else. */
const NO_CERTIFICATE = fileURLToPath(import.meta.url);
const DOCUMENT = '{"schemaVersion":1}';
const CHECKED = "2026-11-20T08:00:00.000Z";

describe("askOverHttp", () => {
  let receiver: Receiver;
  let directory: string;

  beforeEach(async () => {
    receiver = await startReceiver();
    directory = mkdtempSync(join(tmpdir(), "agent-auth-remote-"));
  });

  afterEach(async () => {
    await receiver.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const targetOf = (given: Partial<RemoteConfig> = {}): HttpTarget => {
    const [target] = toTargets([{ ...DEFAULT_REMOTE, url: receiver.url, timeoutMs: 400, ...given }]);
    if (target?.kind !== "http") throw new Error("expected an address of the web");
    return target;
  };

  test("asks for the status document, packed, and takes its tag", async () => {
    const headers = { etag: '"abc"', "agent-auth-checked-at": CHECKED, "content-encoding": "gzip" };
    receiver.behave((response) => void response.writeHead(200, headers).end(gzipSync(DOCUMENT)));
    const document = {
      kind: "document",
      text: DOCUMENT,
      etag: '"abc"',
      checkedAt: new Date(CHECKED),
      clockAt: expect.any(Date),
    };
    expect(await askOverHttp(targetOf(), null, ASKING)).toEqual(document);
    const [request] = receiver.received;
    expect(request?.path).toBe("/api/v1/status");
    expect(request?.headers["if-none-match"]).toBeUndefined();
    expect(request?.headers.authorization).toBeUndefined();
  });

  test("an unchanged document is not sent again", async () => {
    receiver.behave(answer(304, { "agent-auth-checked-at": CHECKED }));
    const unchanged = { kind: "unchanged", checkedAt: new Date(CHECKED), clockAt: expect.any(Date) };
    expect(await askOverHttp(targetOf(), '"abc"', ASKING)).toEqual(unchanged);
    expect(receiver.received[0]?.headers["if-none-match"]).toBe('"abc"');
  });

  test.each<[string, Partial<RemoteConfig>, string]>([
    ["credentials of the config", { user: "phone", password: "CANARY-1" }, basic("phone:CANARY-1")],
    ["a token goes before a password", { token: "CANARY-2", user: "phone", password: "CANARY-1" }, "Bearer CANARY-2"],
  ])("sends %s", async (_name, given, expected) => {
    await askOverHttp(targetOf(given), null, ASKING);
    expect(receiver.received[0]?.headers.authorization).toBe(expected);
  });

  test("sends credentials of the address, and not the address", async () => {
    await askOverHttp(targetOf({ url: receiver.url.replace("//", "//phone:CANARY%2F3@") }), null, ASKING);
    expect(receiver.received[0]?.headers.authorization).toBe(basic("phone:CANARY/3"));
  });

  test("reads a password from its file", async () => {
    const passwordFile = join(directory, "password");
    writeFileSync(passwordFile, "CANARY-4\n");
    await askOverHttp(targetOf({ user: "phone", passwordFile }), null, ASKING);
    expect(receiver.received[0]?.headers.authorization).toBe(basic("phone:CANARY-4"));
  });

  test.each<[string, Partial<RemoteConfig>, string]>([
    ["no such file", { tokenFile: "/nowhere/CANARY" }, "`tokenFile` cannot be read (not_found)"],
    ["no such authority", { caFile: "/nowhere/CANARY" }, "`caFile` cannot be read (not_found)"],
    [
      "an authority that is no certificate",
      { caFile: NO_CERTIFICATE, url: "https://127.0.0.1:9" },
      "`caFile` holds no certificate in PEM",
    ],
  ])("%s: says which key, and asks nobody", async (_name, given, detail) => {
    expect(await askOverHttp(targetOf(given), null, ASKING)).toEqual({ kind: "unreachable", detail });
    expect(receiver.received).toEqual([]);
  });

  test("a proxy that is no address is named, and not quoted", async () => {
    const options = { ...ASKING, env: { HTTP_PROXY: "http://ada:CANARY@[::bad" } };
    const detail = "the address of a proxy in `HTTP_PROXY` or `HTTPS_PROXY` is none";
    expect(await askOverHttp(targetOf(), null, options)).toEqual({ kind: "unreachable", detail });
    expect(receiver.received).toEqual([]);
  });

  test("a secret that is no header is named, and not quoted", async () => {
    const tokenFile = join(directory, "token");
    writeFileSync(tokenFile, "CANARY\nCANARY");
    const detail = "`tokenFile` holds more than one line; leave nothing but the secret in it";
    expect(await askOverHttp(targetOf({ tokenFile }), null, ASKING)).toEqual({ kind: "unreachable", detail });
    writeFileSync(tokenFile, "CANARY\u00e9x");
    const other = "`tokenFile` holds characters that cannot be sent";
    expect(await askOverHttp(targetOf({ tokenFile }), null, ASKING)).toEqual({ kind: "unreachable", detail: other });
  });

  test.each<[string, Behaviour, string]>([
    ["401", answer(401), "HTTP 401: it wants credentials; set `user` and `passwordFile`, or `tokenFile`"],
    ["403", answer(403), "HTTP 403: it refuses these credentials"],
    ["404", answer(404), "HTTP 404: nothing there answers as agent-auth; is this the address of its web server?"],
    ["421", answer(421), "HTTP 421: it does not answer to this name; list the name in `web.hosts` there"],
    ["503", answer(503), "HTTP 503: its first check has not ended yet"],
    ["500", answer(500), "it answers with HTTP 500"],
    [
      "a redirect",
      answer(302, { location: "https://elsewhere.example/CANARY" }),
      "HTTP 302: it sends us elsewhere; configure the final address",
    ],
    ["a word now and then", drip, "no answer within 0.4 s"],
    ["silence", hang, "no answer within 0.4 s"],
    ["half of the headers", halfHeaders, "no answer (ECONNRESET)"],
    ["half of the body", halfBody, "no answer (ECONNRESET)"],
    ["a body without end", endless, "the answer is larger than 16777216 bytes"],
    ["a broken connection", reset, "no answer (ECONNRESET)"],
    [
      "a body that is small only while it is packed",
      (response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(2 ** 25))),
      "the answer is larger than 16777216 bytes",
    ],
    [
      "a body that is not packed as it says",
      (response) => void response.writeHead(200, { "content-encoding": "gzip" }).end("CANARY"),
      "no answer (Z_DATA_ERROR)",
    ],
  ])("%s leaves the host unknown", async (_name, behaviour, detail) => {
    receiver.behave(behaviour);
    const given = detail.includes("larger") ? { timeoutMs: 20_000 } : {};
    expect(await askOverHttp(targetOf(given), null, ASKING)).toEqual({ kind: "unreachable", detail });
  });

  test("401 to credentials that were sent says that they are wrong, and does not ask for them again", async () => {
    receiver.behave(answer(401));
    const detail = "HTTP 401: it does not take the user and the password, or the token, that it was sent";
    const given = { user: "phone", password: "CANARY-5" };
    expect(await askOverHttp(targetOf(given), null, ASKING)).toEqual({ kind: "unreachable", detail });
    expect(await askOverHttp(targetOf({ token: "CANARY-6" }), null, ASKING)).toEqual({ kind: "unreachable", detail });
  });

  test("a question that is given up ends at once", async () => {
    receiver.behave(hang);
    const stop = new AbortController();
    const asked = askOverHttp(targetOf({ timeoutMs: 60_000 }), null, { ...ASKING, stop: stop.signal });
    await waitFor("the question", () => (receiver.received.length > 0 ? true : null));
    stop.abort();
    expect((await asked).kind).toBe("unreachable");
  });

  test("nobody listens", async () => {
    const target = targetOf();
    await receiver.close();
    expect(await askOverHttp(target, null, ASKING)).toEqual({
      kind: "unreachable",
      detail: "no answer (ECONNREFUSED), nothing listens there; start agent-auth serve on that host",
    });
  });
});

describe("a proxy on the way to a host", () => {
  let proxy: Server;
  let env: Record<string, string>;

  beforeEach(async () => {
    proxy = createServer((_request, response) => void response.writeHead(407).end());
    proxy.on("connect", (_request, socket) => void socket.end("HTTP/1.1 407 CANARY\r\n\r\n"));
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const address = `http://ada:CANARY@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    env = { HTTP_PROXY: address, HTTPS_PROXY: address };
  });

  afterEach(async () => new Promise((resolve) => proxy.close(resolve)));

  const ask = async (url: string, given: Record<string, string>) => {
    const [target] = toTargets([{ ...DEFAULT_REMOTE, url }]);
    const answered = await askOverHttp(target as HttpTarget, null, { ...ASKING, env: given });
    return answered.kind === "unreachable" ? answered.detail : answered.kind;
  };
  const remedy = "mend it, or name the host in `NO_PROXY`";

  test.each([
    ["http://vps.example.com", `the proxy in \`HTTP_PROXY\` does not answer (ECONNREFUSED); ${remedy}`],
    ["https://127.0.0.1:10884", `the proxy in \`HTTPS_PROXY\` does not answer (ECONNREFUSED); ${remedy}`],
  ])("is named when nothing listens there: %s", async (url, detail) => {
    await new Promise((resolve) => proxy.close(resolve));
    expect(await ask(url, env)).toBe(detail);
  });

  test("is named when its name is none", async () => {
    const detail = await ask("https://vps.example.com", { HTTPS_PROXY: "http://proxy.invalid:3128" });
    expect(detail).toMatch(/^the proxy in `HTTPS_PROXY` does not answer \((?:ENOTFOUND|EAI_AGAIN)\); mend it/);
  });

  test("is named when it does not let us through", async () => {
    const refusal = (variable: string): string =>
      `HTTP 407: a proxy on the way wants credentials; write them into \`${variable}\`, or name the host in \`NO_PROXY\``;
    expect(await ask("https://vps.example.com", env)).toBe(refusal("HTTPS_PROXY"));
    expect(await ask("http://vps.example.com", env)).toBe(refusal("HTTP_PROXY"));
    proxy.removeAllListeners("connect");
    proxy.on("connect", (_request, socket) => void socket.end("HTTP/1.1 502 CANARY\r\n\r\n"));
    expect(await ask("https://vps.example.com", env)).toBe(
      `HTTP 502 of the proxy in \`HTTPS_PROXY\`, which does not reach the host; ${remedy}`,
    );
  });

  test("is not blamed where it is passed by", async () => {
    const { port } = proxy.address() as AddressInfo;
    await new Promise((resolve) => proxy.close(resolve));
    const detail = "no answer (ECONNREFUSED), nothing listens there; start agent-auth serve on that host";
    expect(await ask(`http://127.0.0.1:${port}`, { HTTP_PROXY: "http://127.0.0.1:9", NO_PROXY: "127.0.0.1" })).toBe(
      detail,
    );
    expect(await ask(`http://localhost:${port}`, {})).toBe(detail);
  });
});

describe("askOverHttp over TLS", () => {
  test("trusts the authority that the config names, and says what to do about any other", async () => {
    const certificate = makeCertificate();
    const receiver = await startReceiver(certificate);
    const directory = mkdtempSync(join(tmpdir(), "agent-auth-remote-"));
    try {
      receiver.behave(answer(200, {}, DOCUMENT));
      const caFile = join(directory, "ca.pem");
      writeFileSync(caFile, certificate.cert);
      const ask = async (given: Partial<RemoteConfig>) => {
        const [target] = toTargets([{ ...DEFAULT_REMOTE, url: receiver.url, ...given }]);
        return askOverHttp(target as HttpTarget, null, ASKING);
      };
      expect((await ask({ caFile })).kind).toBe("document");
      expect(await ask({})).toEqual({
        kind: "unreachable",
        detail: "its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT); name the authority's file in `caFile`",
      });
      writeFileSync(caFile, makeCertificate().cert);
      expect(await ask({ caFile })).toEqual({
        kind: "unreachable",
        detail:
          "its certificate is not signed by what `caFile` holds (DEPTH_ZERO_SELF_SIGNED_CERT); put the authority that signed it there",
      });
      writeFileSync(caFile, certificate.key);
      expect(await ask({ caFile })).toEqual({
        kind: "unreachable",
        detail: "`caFile` holds no certificate in PEM, but a private key",
      });
      expect(await ask({ url: receiver.url.replace("https:", "http:") })).toEqual({
        kind: "unreachable",
        detail: "no answer (ECONNRESET)",
      });
    } finally {
      await receiver.close();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

test.each([
  [
    "is for another name",
    "DNS:other.example.org",
    [],
    "its certificate is not for 127.0.0.1; ask by a name that stands in it",
  ],
  [
    "has expired",
    "IP:127.0.0.1",
    ["-days", "-1"],
    "its certificate has expired, or is of a time to come; renew it there, or set the clock that is wrong",
  ],
])("a certificate that %s is not a matter of trust", async (_name, names, dates, detail) => {
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-remote-"));
  const caFile = join(directory, "again.crt");
  writeSigned(directory, "one", names, true);
  const again = ["x509", "-in", "one.crt", "-signkey", "one.key", "-out", caFile, ...dates];
  execFileSync("openssl", again, { cwd: directory, stdio: "ignore" });
  const receiver = await startReceiver({
    key: readFileSync(join(directory, "one.key"), "utf8"),
    cert: readFileSync(caFile, "utf8"),
  });
  try {
    const [target] = toTargets([{ ...DEFAULT_REMOTE, url: receiver.url, caFile }]);
    expect(await askOverHttp(target as HttpTarget, null, ASKING)).toEqual({ kind: "unreachable", detail });
  } finally {
    await receiver.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

/** Sends a blank every now and then, and never ends. */
function drip(response: ServerResponse): void {
  response.writeHead(200);
  const timer = setInterval(() => response.write(" "), 20);
  response.once("close", () => clearInterval(timer));
}

function basic(pair: string): string {
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}
