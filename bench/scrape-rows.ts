import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { Agent, get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { hash } from "bcryptjs";
import { floorScript, PROGRAM, startServer } from "./child.ts";
import { writeHome } from "./fixtures.ts";
import { formatMs, interleave, percentile, type Row } from "./measure.ts";

const SCRAPERS = 16;

/** Prometheus asks for gzip; without it an answer is thirty times as large, so it is asked for less often. */
const EFFORTS = { gzip: { scrapesEach: 25, rounds: 15 }, identity: { scrapesEach: 3, rounds: 5 } } as const;

type Encoding = keyof typeof EFFORTS;

interface Variant {
  readonly args: readonly string[];
  /** What stands before the host in the address: nothing, or a user and a password. */
  readonly login: string;
  readonly encodings: readonly Encoding[];
  readonly note: string;
}

/** Sixteen Prometheus servers on keep-alive connections, each asking again as soon as it has its answer. */
export async function benchScrapes(directory: string): Promise<readonly Row[]> {
  const home = writeHome(join(directory, "scrape"), 2_000, "json").path;
  const webConfig = join(directory, "web.yml");
  writeFileSync(webConfig, `basic_auth_users: { bench: "${await hash("CANARY", 10)}" }\n`);
  return [
    ...(await benchVariant(directory, home, { args: [], login: "", encodings: ["gzip", "identity"], note: "" })),
    ...(await benchVariant(directory, home, {
      args: ["--web.config.file", webConfig],
      login: "bench:CANARY@",
      // What a password costs shows in the answers that cost least.
      encodings: ["gzip"],
      note: ", with a password",
    })),
  ];
}

async function benchVariant(directory: string, home: string, variant: Variant): Promise<readonly Row[]> {
  const { args, login, encodings, note } = variant;
  const ours = await startServer({ args: [PROGRAM, "serve", "--web.listen-address", "127.0.0.1:0", ...args], home });
  try {
    const url = ours.url.replace("//", `//${login}`);
    await waitUntilReady(url);
    const rows: Row[] = [];
    for (const encoding of encodings) {
      const row = await benchEncoding(directory, `${url}/metrics`, encoding);
      rows.push({ ...row, work: `${row.work}${note}: p99` });
    }
    return rows;
  } finally {
    await ours.stop();
  }
}

async function benchEncoding(directory: string, ourUrl: string, encoding: Encoding): Promise<Row> {
  const sample = await scrape(ourUrl, encoding, new Agent());
  const file = join(directory, `metrics.${encoding}`);
  writeFileSync(file, sample.body);
  const headers = JSON.stringify({ ...sample.headers, "content-length": sample.body.length });
  const floor = await startServer({ args: [floorScript("send-bytes.mjs"), file, headers], home: directory });
  try {
    const p99 = await interleave(EFFORTS[encoding].rounds, {
      floor: () => measureP99(`${floor.url}/metrics`, encoding),
      ours: () => measureP99(ourUrl, encoding),
    });
    const size = `${(sample.body.length / 1_048_576).toFixed(2)} MiB`;
    return {
      work: `\`/metrics\`, 10,000 profiles, ${SCRAPERS} scrapers, ${encoding} (${size})`,
      floor: `bare \`node:http\` ${formatMs(p99.floor)}`,
      ours: formatMs(p99.ours),
      ratio: p99.ours / p99.floor,
      goal: { kind: "at-most", ratio: 1.3 },
    };
  } finally {
    await floor.stop();
  }
}

/** Milliseconds that all but the slowest hundredth of the scrapes stay below. */
async function measureP99(url: string, encoding: Encoding): Promise<number> {
  const latencies: number[] = [];
  const scrapers = Array.from({ length: SCRAPERS }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let count = 0; count < EFFORTS[encoding].scrapesEach; count += 1) {
      const startedAt = performance.now();
      await scrape(url, encoding, agent);
      latencies.push(performance.now() - startedAt);
    }
    agent.destroy();
  });
  await Promise.all(scrapers);
  return percentile(latencies, 99);
}

interface Scrape {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export async function scrape(url: string, encoding: string, agent: Agent): Promise<Scrape> {
  const request = get(url, { agent, headers: { "accept-encoding": encoding, accept: "text/plain" } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const chunks = (await response.toArray()) as Buffer[];
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`);
  const { "content-type": type = "", "content-encoding": used } = response.headers;
  const headers = { "content-type": type, ...(used === undefined ? {} : { "content-encoding": used }) };
  return { headers, body: Buffer.concat(chunks) };
}

/** `url` may hold a user and a password. */
export async function waitUntilReady(url: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const [response] = (await once(get(`${url}/readyz`), "response")) as [IncomingMessage];
    response.resume();
    if (response.statusCode === 200) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  throw new Error(`${url} was not ready within a minute`);
}
