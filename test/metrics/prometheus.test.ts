import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createExposition, renderPromText } from "../../src/metrics/expose.ts";
import { METRIC_TABLE } from "../../src/metrics/table.ts";
import type { WebServer } from "../../src/web/server.ts";
import { createWebServer } from "../../src/web/server.ts";
import { requireProgram } from "../real-program.ts";
import { waitFor } from "../wait.ts";
import { fleet, minutesFromNow, richFigures, richSnapshot } from "./sample-snapshot.ts";

const BUILD = { version: "0.1.0", revision: "abc", nodeVersion: "v24.0.0" };
const STARTED = new Date();
const OPTIONS = {
  emails: "masked",
  maxSeries: 10_000,
  hasRuntime: true,
  isDemo: false,
  build: BUILD,
  checkCode: 1,
  now: STARTED,
} as const;

const promtool = requireProgram("promtool");
const prometheus = requireProgram("prometheus");

async function publish() {
  const publisher = await createExposition({
    ...OPTIONS,
    alerts: () => richFigures(STARTED),
    heartbeatFailures: () => 1,
    publications: () => [{ name: "textfile", delivered: 3, failed: 1 }],
  });
  await publisher.finishCheck({
    snapshot: richSnapshot(STARTED),
    outcome: "problems",
    durationSeconds: 0.03,
    finishedAt: STARTED,
    nextCheckAt: minutesFromNow(5, STARTED),
  });
  return publisher;
}

describe.runIf(promtool !== null)("promtool check metrics", () => {
  function lint(text: string): string {
    const { stdout, stderr, status } = spawnSync(promtool!, ["check", "metrics"], { input: text, encoding: "utf8" });
    return `${status} ${stdout}${stderr}`;
  }

  it("has nothing to say about what is served", async () => {
    expect(lint((await (await publish()).current.bytes("text", "identity")).toString())).toBe("0 ");
  });

  it.each([
    ["every state at once", richSnapshot()],
    ["a fleet", fleet(20)],
  ])("has nothing to say about the one-shot output: %s", (_, shown) => {
    expect(lint(renderPromText(shown, OPTIONS))).toBe("0 ");
  });

  it("would say something about a bad name", () => {
    expect(lint("# HELP a_total A gauge.\n# TYPE a_total gauge\na_total 1\n")).toContain("_total");
  });
});

describe.runIf(prometheus !== null)("a real Prometheus", () => {
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-prometheus-"));
  let server: WebServer;
  let plain: Server;
  let scraper: ChildProcess;
  let api: string;

  beforeAll(async () => {
    const publisher = await publish();
    server = await createWebServer({
      listenAddresses: ["127.0.0.1:0"],
      hosts: [],
      telemetryPath: "/metrics",
      isLifecycleEnabled: false,
      log: pino({ level: "silent" }),
      state: () => ({ snapshot: null, lastCheckAt: null, nextCheckAt: null, overdueAt: null, isDemo: false }),
      exposition: () => publisher.current,
      statusJson: () => "{}",
      statusIdentity: () => "",
      reload: async () => undefined,
      emails: () => "masked",
      now: () => new Date(),
    });
    const target = server.addresses[0]!;
    plain = createServer((incoming, response) => {
      // Prometheus always prefers OpenMetrics; through here it gets the other format.
      request(`http://${target}${incoming.url}`, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      }).end();
    });
    const port = await portOf(plain.listen(0, "127.0.0.1"));
    const config = join(directory, "prometheus.yml");
    writeFileSync(
      config,
      `global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - { job_name: openmetrics, static_configs: [{ targets: ["${target}"] }] }
  - { job_name: text, static_configs: [{ targets: ["127.0.0.1:${port}"] }] }
`,
    );
    api = `http://127.0.0.1:${await freePort()}`;
    scraper = spawn(
      prometheus!,
      [`--config.file=${config}`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=${api.slice(7)}`],
      { stdio: "ignore" },
    );
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => scraper.once("exit", resolve));
    scraper.kill();
    await ended;
    plain.close();
    await server.close(0);
    rmSync(directory, { recursive: true, force: true });
  });

  async function query(text: string): Promise<readonly unknown[]> {
    const answer = await fetch(`${api}/api/v1/query?query=${encodeURIComponent(text)}`);
    const { data, error } = (await answer.json()) as { data?: { result: readonly unknown[] }; error?: string };
    if (data === undefined) throw new Error(error);
    return data.result;
  }

  it.each(["openmetrics", "text"])("takes every series of the scrape: %s", async (job) => {
    const samples = await waitFor("a scrape", async () => {
      const [up] = await query(`up{job="${job}"} == 1`);
      const [count] = (await query(`scrape_samples_scraped{job="${job}"} > 0`)) as readonly {
        value: [number, string];
      }[];
      return up === undefined ? null : count?.value[1];
    });
    const body = await (await fetch(`http://${server.addresses[0]}/metrics`)).text();
    expect(Number(samples)).toBe(body.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length);
  });

  it("shows an odd id as it is, but for what cannot be shown", async () => {
    const found = await waitFor("the id", async () => {
      const rows = (await query('agent_auth_profile_errors{job="text",agent="ops"}')) as readonly {
        metric: { profile: string };
      }[];
      return rows.length > 0 ? rows.map(({ metric }) => metric.profile) : null;
    });
    expect(found).toContain('an"odd\\id of two <script>alert(1)</script>');
  });

  it.each(METRIC_TABLE.map((row) => [row.name, row.query] as const))(
    "the example for %s returns data",
    async (_, text) => {
      for (const job of ["openmetrics", "text"]) {
        const answer = await waitFor(text, async () => {
          const rows = (await query(text)) as readonly { metric: { job?: string } }[];
          return rows.some(({ metric }) => metric.job === undefined || metric.job === job) ? rows : null;
        });
        expect(answer).not.toEqual([]);
      }
    },
  );
});

async function portOf(listening: Server): Promise<number> {
  await new Promise((resolve) => listening.once("listening", resolve));
  return (listening.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await portOf(probe.listen(0, "127.0.0.1"));
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
