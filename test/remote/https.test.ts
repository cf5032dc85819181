import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer as createProxy } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { askOverHttp } from "../../src/remote/http.ts";
import { openKeptAnswers } from "../../src/remote/kept.ts";
import { openKeptSessions } from "../../src/remote/kept-sessions.ts";
import { DEFAULT_REMOTE, type HttpTarget, toTargets } from "../../src/remote/target.ts";
import type { TlsSessions } from "../../src/remote/tls-session.ts";
import { writeSigned } from "../certificates.ts";
import { makeCertificate } from "../channels/certificate.ts";
import { listen } from "../channels/http-receiver.ts";
import { runCli } from "../run-cli.ts";
import { startServe } from "../run-serve.ts";
import { inHours, NOW } from "../snapshot-builder.ts";
import { waitFor } from "../wait.ts";

const CERTIFICATE = makeCertificate();
const AUTHORIZATION = `Basic ${Buffer.from("phone:CANARY-1").toString("base64")}`;
const ASKING = { env: {}, stop: new AbortController().signal, now: NOW };
const CHECKED = "2026-11-20T08:00:00.000Z";

let directory: string;
let caFile: string;
const cleanUps: (() => unknown)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-https-"));
  caFile = join(directory, "ca.pem");
  writeFileSync(caFile, CERTIFICATE.cert);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  rmSync(directory, { recursive: true, force: true });
});

test.each([
  ["a process that goes on, in its memory", () => new WeakMap()],
  ["one process after another, in a file", () => openKeptSessions(directory)],
])("a whole handshake comes once for %s", async (_name, open) => {
  const host = await startHost();
  const sessions: TlsSessions = open();
  const target = targetOf(host);
  for (const at of [0, 1, 2]) expect(await ask(target, sessions, { now: inHours(at) })).toBe("unchanged");
  expect(host.requests).toEqual(["whole", "resumed", "resumed"]);
});

test("a session is a secret: its file is for its owner alone, and lies there for a day at most", async () => {
  const host = await startHost();
  await ask(targetOf(host), openKeptSessions(directory));
  const [name = ""] = readdirSync(join(directory, "remotes"));
  const file = join(directory, "remotes", name);
  expect([name, statSync(file).mode & 0o777]).toEqual([expect.stringMatching(/^[0-9a-f]{16}\.session$/), 0o600]);
  utimesSync(file, NOW, NOW);
  // What a process that was killed left behind holds the same secret.
  writeFileSync(`${file}.1-a.tmp`, "CANARY");
  utimesSync(`${file}.1-a.tmp`, NOW, NOW);
  const kept = openKeptAnswers(directory);
  kept.sweep([targetOf(host)], inHours(23.9));
  expect(readdirSync(join(directory, "remotes"))).toEqual([name, `${name}.1-a.tmp`]);
  kept.sweep([targetOf(host)], inHours(24.1));
  expect(readdirSync(join(directory, "remotes"))).toEqual([]);
});

test("the certificate is looked at again after a day, and when our clock was set back", async () => {
  const host = await startHost();
  const sessions = openKeptSessions(directory);
  for (const at of [0, 12, 23.9, 24, 47.9, 23]) await ask(targetOf(host), sessions, { now: inHours(at) });
  expect(host.requests).toEqual(["whole", "resumed", "resumed", "whole", "resumed", "whole"]);
});

test("a session that another authority vouched for is not gone on with", async () => {
  const host = await startHost();
  const sessions = openKeptSessions(directory);
  await ask(targetOf(host), sessions);
  writeFileSync(caFile, `${CERTIFICATE.cert}${makeCertificate().cert}`);
  await ask(targetOf(host), sessions);
  expect(host.requests).toEqual(["whole", "whole"]);
  writeFileSync(caFile, makeCertificate().cert);
  expect(await ask(targetOf(host), sessions)).toBe("unreachable");
});

test("a host that forgot its sessions gets a whole handshake, and one request with one password", async () => {
  const host = await startHost();
  const sessions = openKeptSessions(directory);
  const sockets: Socket[] = [];
  const note = (message: unknown): unknown => sockets.push((message as { readonly socket: Socket }).socket);
  subscribe("net.client.socket", note);
  await ask(targetOf(host), sessions);
  host.server.setTicketKeys(randomBytes(48));
  expect(await ask(targetOf(host), sessions)).toBe("unchanged");
  expect(await ask(targetOf(host), sessions)).toBe("unchanged");
  unsubscribe("net.client.socket", note);
  expect(host.requests).toEqual(["whole", "whole", "resumed"]);
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true, true, true]);
});

test("a file is not written again where the session stays the same", async () => {
  const host = await startHost();
  const sessions = openKeptSessions(directory);
  await ask(targetOf(host), sessions);
  const [name = ""] = readdirSync(join(directory, "remotes"));
  const { ino } = statSync(join(directory, "remotes", name));
  await ask(targetOf(host), sessions);
  expect([host.requests, statSync(join(directory, "remotes", name)).ino]).toEqual([["whole", "resumed"], ino]);
});

test("where each handshake brings another session, the next one goes on with that", async () => {
  const key = join(directory, "key.pem");
  writeFileSync(key, CERTIFICATE.key);
  const server = spawn("openssl", ["s_server", "-www", "-accept", "127.0.0.1:0", "-cert", caFile, "-key", key], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  cleanUps.push(() => server.kill());
  let said = "";
  server.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  const port = await waitFor("the server to listen", () => /^ACCEPT.*:(\d+)$/m.exec(said)?.[1]);
  const target = targetOf({ url: `https://127.0.0.1:${port}` });
  const sessions = openKeptSessions(directory);
  const answers: string[] = [];
  for (const at of [0, 1, 2]) {
    const asking = { ...ASKING, now: inHours(at), sessions };
    const answer = await askOverHttp(target, null, asking);
    answers.push(answer.kind === "document" ? (/^(?:New|Reused), TLSv1.3/m.exec(answer.text)?.[0] ?? "") : answer.kind);
    expect(sessions.get(target)).toMatchObject({ trustedAt: NOW, refusals: 0 });
    answers.push(
      createHash("sha256")
        .update(sessions.get(target)?.data ?? "")
        .digest("hex"),
    );
  }
  expect(answers.filter((_, index) => index % 2 === 0)).toEqual(["New, TLSv1.3", "Reused, TLSv1.3", "Reused, TLSv1.3"]);
  expect(new Set(answers).size).toBe(5);
});

test("a host that forgets them sooner than it is asked is tried twice a day, and not each time", async () => {
  const host = await startHost();
  const sessions = openKeptSessions(directory);
  const connections: number[] = [];
  for (const at of [0, 1, 2, 3, 25.9, 26, 27]) {
    const before = host.connections();
    await ask(targetOf(host), sessions, { now: inHours(at) });
    connections.push(host.connections() - before);
    host.server.setTicketKeys(randomBytes(48));
  }
  expect(connections).toEqual([1, 2, 2, 1, 1, 1, 2]);
  expect(host.requests).toEqual(Array(7).fill("whole"));
});

test("refusals count in a row only", async () => {
  const host = await startHost();
  const sessions = openKeptSessions(directory);
  for (const isForgotten of [false, true, false, true, false]) {
    if (isForgotten) host.server.setTicketKeys(randomBytes(48));
    await ask(targetOf(host), sessions);
  }
  expect(host.requests).toEqual(["whole", "whole", "resumed", "whole", "resumed"]);
});

test("a host that gives no session any more is tried twice", async () => {
  const host = await startHost();
  const sessions = openKeptSessions(directory);
  await ask(targetOf(host), sessions);
  host.server.setSecureContext({ ...CERTIFICATE, maxVersion: "TLSv1.2" });
  const connections: number[] = [];
  for (const _ of [1, 2, 3]) {
    const before = host.connections();
    expect(await ask(targetOf(host), sessions)).toBe("unchanged");
    connections.push(host.connections() - before);
  }
  expect(connections).toEqual([2, 2, 1]);
});

test("a host that lets us go on and then hangs up is asked anew", async () => {
  const host = await startHost();
  const sessions = openKeptSessions(directory);
  host.server.on("secureConnection", (socket) => socket.isSessionReused() && socket.destroy());
  for (const _ of [1, 2, 3, 4]) expect(await ask(targetOf(host), sessions)).toBe("unchanged");
  expect(host.connections()).toBe(6);
});

test("a host that is down is connected to once", async () => {
  const host = await startHost();
  const sessions = openKeptSessions(directory);
  await ask(targetOf(host), sessions);
  host.server.closeAllConnections();
  await new Promise((resolve) => host.server.close(resolve));
  let connections = 0;
  const count = (): unknown => (connections += 1);
  subscribe("net.client.socket", count);
  expect(await ask(targetOf(host), sessions)).toBe("unreachable");
  unsubscribe("net.client.socket", count);
  expect(connections).toBe(1);
});

test.each([
  ["others may write", (file: string) => chmodSync(file, 0o620)],
  // Only root can give a file away.
  [
    "is another's",
    (file: string) => (process.geteuid?.() === 0 ? chownSync(file, 65_534, 65_534) : chmodSync(file, 0o666)),
  ],
  ["others may read", (file: string) => chmodSync(file, 0o604)],
  ["is a FIFO", (file: string) => replace(file, () => execFileSync("mkfifo", ["-m", "600", file]))],
  ["never ends", (file: string) => replace(file, () => symlinkSync("/dev/full", file))],
  ["is too large", (file: string) => writeFileSync(file, `${readFileSync(file, "utf8")}${" ".repeat(64 * 1024)}`)],
])("a session file that %s is not used, and replaced", async (_name, spoil) => {
  const host = await startHost();
  const sessions = openKeptSessions(directory);
  await ask(targetOf(host), sessions);
  const [name = ""] = readdirSync(join(directory, "remotes"));
  spoil(join(directory, "remotes", name));
  for (const _ of [1, 2]) expect(await ask(targetOf(host), sessions)).toBe("unchanged");
  expect(host.requests).toEqual(["whole", "whole", "resumed"]);
});

test("a whole handshake withstands quantum computers where both sides can, also where another one was tried", async () => {
  const host = await startHost({ ecdhCurve: "X25519MLKEM768" });
  const sessions = openKeptSessions(directory);
  expect([await ask(targetOf(host), sessions), await ask(targetOf(host), sessions)]).toEqual([
    "unchanged",
    "unchanged",
  ]);
  expect(host.requests).toEqual(["whole", "whole"]);
});

test("one that goes on spares the larger key exchange", async () => {
  const host = await startHost();
  const sessions = openKeptSessions(directory);
  const received: number[] = [];
  host.server.on("connection", (socket: Socket) => socket.once("close", () => received.push(socket.bytesRead)));
  for (const _ of [1, 2]) await ask(targetOf(host), sessions);
  const [whole = 0, resumed = 0] = await waitFor("both to end", () => (received.length === 2 ? received : null));
  expect(resumed).toBeLessThan(whole);
});

test.each([
  ["is damaged", (text: string) => text.replace(/"data":"[^"]*"/, (data) => damage(data))],
  ["is none", (text: string) => text.replace(/"data":"[^"]*"/, '"data":"CANARY"')],
  ["is cut off", (text: string) => text.slice(0, 100)],
  ["is of another version", (text: string) => text.replace('"version":1', '"version":0')],
  ["has no date", (text: string) => text.replace(/"trustedAt":"[^"]*"/, '"trustedAt":"CANARY"')],
  ["has no number", (text: string) => text.replace(/"refusals":\d+/, '"refusals":null')],
])("a session that %s costs a whole handshake and nothing else", async (_name, spoil) => {
  const host = await startHost();
  const sessions = openKeptSessions(directory);
  await ask(targetOf(host), sessions);
  const [name = ""] = readdirSync(join(directory, "remotes"));
  const file = join(directory, "remotes", name);
  const text = readFileSync(file, "utf8");
  writeFileSync(file, spoil(text));
  expect(readFileSync(file, "utf8")).not.toBe(text);
  for (const _ of [1, 2]) expect(await ask(targetOf(host), sessions)).toBe("unchanged");
  expect(host.requests).toEqual(["whole", "whole", "resumed"]);
});

test("a session from before TLS 1.3 is not kept", async () => {
  const host = await startHost({ maxVersion: "TLSv1.2" });
  const sessions = openKeptSessions(directory);
  for (const _ of [1, 2]) expect(await ask(targetOf(host), sessions)).toBe("unchanged");
  expect(host.requests).toEqual(["whole", "whole"]);
});

test("a session of a host with a certificate for another name does not make up for that later", async () => {
  writeSigned(directory, "other", "DNS:other.example.org", true);
  const [key, cert] = ["key", "crt"].map((end) => readFileSync(join(directory, `other.${end}`), "utf8"));
  const host = await startHost({ key, cert });
  writeFileSync(caFile, cert ?? "");
  const sessions = openKeptSessions(directory);
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  expect(await ask(targetOf(host), sessions)).toBe("unchanged");
  vi.unstubAllEnvs();
  expect(await ask(targetOf(host), sessions)).toBe("unreachable");
});

test("where nothing can be kept, each handshake is a whole one", async () => {
  const host = await startHost();
  const sessions = openKeptSessions(caFile);
  for (const _ of [1, 2]) expect(await ask(targetOf(host), sessions)).toBe("unchanged");
  expect(host.requests).toEqual(["whole", "whole"]);
});

test("a session goes on through a proxy, too", async () => {
  const host = await startHost();
  let tunnels = 0;
  const proxy = createProxy();
  proxy.on("connect", (request, client) => {
    tunnels += 1;
    const upstream = connect(Number(request.url?.split(":")[1]), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      client.pipe(upstream).pipe(client);
    });
    upstream.on("error", () => client.destroy());
    client.on("error", () => upstream.destroy());
  });
  const env = { HTTPS_PROXY: `http://127.0.0.1:${await listen(proxy)}` };
  cleanUps.push(() => new Promise((resolve) => proxy.close(resolve)));
  const sessions = openKeptSessions(directory);
  for (const _ of [1, 2]) expect(await ask(targetOf(host), sessions, { env })).toBe("unchanged");
  expect([tunnels, host.requests]).toEqual([2, ["whole", "resumed"]]);
});

test("a question that is given up while hands are shaken ends at once", async () => {
  const host = await startHost();
  const sessions = openKeptSessions(directory);
  await ask(targetOf(host), sessions);
  const stop = new AbortController();
  host.server.once("connection", () => stop.abort());
  expect(await ask(targetOf(host), sessions, { stop: stop.signal })).toBe("unreachable");
  expect(host.connections()).toBe(2);
});

test("`check` keeps its session for the next one, and `serve` writes none down", async () => {
  const host = await startHost();
  const config = join(directory, "config.yaml");
  const remote = `  - url: ${host.url}\n    caFile: ${caFile}\n    user: phone\n    password: CANARY-1\n`;
  writeFileSync(config, `discovery: { local: false }\nremotes:\n${remote}`);
  const [one, other] = ["one", "other"].map((name) => join(directory, name));
  for (const _ of [1, 2])
    await runCli(["check", `--config.file=${config}`, `--storage.path=${one}`], { home: directory });
  expect(host.requests).toEqual(["whole", "resumed"]);
  expect(listSessions(one)).toHaveLength(1);

  const args = [`--config.file=${config}`, `--storage.path=${other}`, "--schedule=* * * * * *"];
  const serving = await startServe(args, { home: directory });
  await waitFor("it to ask again", () => (host.requests.length > 3 ? true : null));
  serving.signal("SIGTERM");
  await serving.ended;
  expect(host.requests.slice(2, 4)).toEqual(["whole", "resumed"]);
  expect(listSessions(other)).toEqual([]);
});

function listSessions(storagePath = ""): readonly string[] {
  const directory = join(storagePath, "remotes");
  return existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(".session")) : [];
}

function replace(file: string, make: () => unknown): void {
  rmSync(file);
  make();
}

interface Host {
  readonly server: Server;
  readonly url: string;
  /** How the handshake of each request went. */
  readonly requests: readonly ("whole" | "resumed")[];
  connections(): number;
}

async function startHost(options: ServerOptions = {}): Promise<Host> {
  const requests: ("whole" | "resumed")[] = [];
  let connections = 0;
  const server = createServer({ ...CERTIFICATE, sessionTimeout: 7 * 86_400, ...options }, (request, response) => {
    if (request.headers.authorization !== AUTHORIZATION) return void response.writeHead(401).end();
    requests.push((request.socket as TLSSocket).isSessionReused() ? "resumed" : "whole");
    response.writeHead(304, { "agent-auth-checked-at": CHECKED }).end();
  });
  server.on("connection", () => (connections += 1));
  const port = await listen(server);
  cleanUps.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { server, url: `https://127.0.0.1:${port}`, requests, connections: () => connections };
}

function targetOf({ url }: Pick<Host, "url">): HttpTarget {
  const [target] = toTargets([{ ...DEFAULT_REMOTE, url, caFile, user: "phone", password: "CANARY-1" }]);
  if (target?.kind !== "http") throw new Error("expected an address of the web");
  return target;
}

interface Given {
  readonly now?: Date;
  readonly env?: Readonly<Record<string, string>>;
  readonly stop?: AbortSignal;
}

async function ask(target: HttpTarget, sessions: TlsSessions, given: Given = {}): Promise<string> {
  return (await askOverHttp(target, '"a"', { ...ASKING, sessions, ...given })).kind;
}

/** Other bits in the middle, where the secret of a session lies, in base64 that is good. */
function damage(data: string): string {
  const middle = Math.floor(data.length / 8);
  return `${data.slice(0, middle)}${data.slice(middle, middle + 8).replaceAll(/[A-Za-z0-9]/g, (one) => (one === "A" ? "B" : "A"))}${data.slice(middle + 8)}`;
}
