import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, connect, type AddressInfo } from "node:net";
import { join } from "node:path";
import { makeCertificate } from "../test/channels/certificate.ts";
import { waitFor } from "../test/wait.ts";
import { PROGRAM, type RunningServer, runCommand, startServer } from "./child.ts";
import { writeHome } from "./fixtures.ts";
import { limitRow, type Row } from "./measure.ts";

const MOST_SENT = 2_048;

/**
 * What goes over the wire, both ways, when a phone asks a server that found nothing new. The certificate is a small one
 * without a chain; those of public authorities make a whole handshake larger.
 */
export async function benchRemoteBytes(directory: string): Promise<readonly Row[]> {
  const { caFile, webConfig } = writeCertificate(directory);
  const servers = [
    await serve(join(directory, "server")),
    await serve(join(directory, "secure"), "--web.config.file", webConfig),
  ] as const;
  try {
    const [plain, secure] = servers;
    return [
      await askTwice("remote check, nothing new: bytes on the wire", {
        wire: await countBytes(plain),
        home: join(directory, "asking"),
      }),
      await askTwice("the same over HTTPS, one process for each check", {
        wire: await countBytes(secure),
        home: join(directory, "asking-secure"),
        caFile,
      }),
      await askAgain("the same over HTTPS, from `serve`", {
        wire: await countBytes(secure),
        home: join(directory, "asking-again"),
        caFile,
      }),
    ];
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

function writeCertificate(directory: string): { readonly webConfig: string; readonly caFile: string } {
  const { key, cert } = makeCertificate();
  const [webConfig, keyFile, caFile] = [
    join(directory, "web.yml"),
    join(directory, "key.pem"),
    join(directory, "ca.pem"),
  ];
  writeFileSync(keyFile, key, { mode: 0o600 });
  writeFileSync(caFile, cert);
  writeFileSync(webConfig, `tls_server_config:\n  cert_file: ${caFile}\n  key_file: ${keyFile}\n`);
  return { webConfig, caFile };
}

async function serve(directory: string, ...options: readonly string[]): Promise<RunningServer> {
  const home = writeHome(directory, 3, "json").path;
  return startServer({ args: [PROGRAM, "serve", "--web.listen-address", "127.0.0.1:0", ...options], home });
}

interface Asking {
  readonly wire: Wire;
  readonly home: string;
  /** Over HTTPS if there is one. */
  readonly caFile?: string;
}

/** By two processes, the second of which finds nothing new. */
async function askTwice(work: string, { wire, ...asking }: Asking): Promise<Row> {
  const ask = { args: [PROGRAM, "check", "--quiet", "--config.file", writeConfig(wire, asking)], home: asking.home };
  const count = async (): Promise<number> => {
    const before = wire.bytes;
    await runCommand(ask, {});
    return wire.bytes - before;
  };
  try {
    // The server may not be ready yet.
    const first = await waitFor("an answer", count);
    return { ...limitRow(work, await count(), MOST_SENT), floor: `first ${first} B, goal ${MOST_SENT} B` };
  } finally {
    wire.close();
  }
}

/** By one process that goes on. */
async function askAgain(work: string, { wire, ...asking }: Asking): Promise<Row> {
  const args = [PROGRAM, "serve", "--web.listen-address", "127.0.0.1:0", "--schedule", "* * * * * *"];
  const server = await startServer({ args: [...args, "--config.file", writeConfig(wire, asking)], home: asking.home });
  try {
    const [first = 0, , , last = 0] = await waitFor("four answers", () =>
      wire.connections.length < 4 ? null : wire.connections,
    );
    return { ...limitRow(work, last, MOST_SENT), floor: `first ${first} B, goal ${MOST_SENT} B` };
  } finally {
    await server.stop();
    wire.close();
  }
}

function writeConfig({ port }: Wire, { home, caFile }: Omit<Asking, "wire">): string {
  mkdirSync(home, { recursive: true });
  const path = join(home, "config.yaml");
  const url = `${caFile === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  const remote = [`url: ${url}`, ...(caFile === undefined ? [] : [`caFile: ${caFile}`])].join("\n    ");
  writeFileSync(path, `discovery: { local: false }\nremotes:\n  - ${remote}\n`);
  return path;
}

interface Wire {
  readonly port: number;
  /** Both ways, so far. */
  readonly bytes: number;
  /** Of each connection that came to its end. */
  readonly connections: readonly number[];
  close(): void;
}

/** A TCP proxy that counts what passes. */
async function countBytes(server: RunningServer): Promise<Wire> {
  const port = Number(new URL(server.url).port);
  const connections: number[] = [];
  let bytes = 0;
  const proxy = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    let own = 0;
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      const count = (chunk: Buffer): void => {
        own += chunk.length;
        bytes += chunk.length;
      };
      from.on("data", count).pipe(to);
      from.on("error", () => to.destroy());
      // What nobody takes any more has to be read all the same, or its end is never seen.
      from.once("close", () => to.resume());
    }
    client.once("close", () => connections.push(own));
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    get bytes() {
      return bytes;
    },
    connections,
    close: () => proxy.close(),
  };
}
