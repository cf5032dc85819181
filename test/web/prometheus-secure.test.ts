import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashSync } from "bcryptjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadWebConfig } from "../../src/config/web-file.ts";
import type { WebServer } from "../../src/web/server.ts";
import { writeCertificates, writeIn, writeSigned } from "../certificates.ts";
import { requireProgram } from "../real-program.ts";
import { waitFor } from "../wait.ts";
import { startStub } from "./stub-server.ts";

const prometheus = requireProgram("prometheus");
const TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n";

/** As docs/web.md shows it, and what must not work. */
function renderScrapeConfigs(withPassword: string, withCertificate: string): string {
  const tls = "tls_config: { ca_file: ca.crt, server_name: localhost }";
  const tlsWith = (name: string) => tls.replace(" }", `, cert_file: ${name}.crt, key_file: ${name}.key }`);
  const auth = (password: string) => `basic_auth: { username: prometheus, password: ${password} }`;
  const rows = [
    ["password", withPassword, `${tls}, ${auth("CANARY-right")}`],
    ["wrong-password", withPassword, `${tls}, ${auth("CANARY-wrong")}`],
    ["no-password", withPassword, tls],
    ["unknown-authority", withPassword, auth("CANARY-right")],
    ["certificate", withCertificate, tlsWith("client")],
    ["no-certificate", withCertificate, tls],
    ["other-certificate", withCertificate, tlsWith("other")],
  ];
  const jobs = rows.map(
    ([name, target, more]) =>
      `  - { job_name: ${name}, scheme: https, static_configs: [{ targets: ["${target}"] }], ${more} }`,
  );
  return `global: { scrape_interval: 1s, scrape_timeout: 1s }\nscrape_configs:\n${jobs.join("\n")}\n`;
}

describe.runIf(prometheus !== null)("a real Prometheus", () => {
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-prometheus-"));
  const servers: WebServer[] = [];
  let scraper: ChildProcess;
  let api: string;

  beforeAll(async () => {
    writeCertificates(directory);
    writeSigned(directory, "other", "DNS:other.example.org");
    const start = async (text: string): Promise<string> => {
      const { security } = loadWebConfig(writeIn(directory, "web.yml", text), new Date());
      const server = await startStub({ security });
      servers.push(server);
      return server.addresses[0] ?? "";
    };
    const withPassword = await start(`${TLS}basic_auth_users: { prometheus: ${hashSync("CANARY-right", 10)} }\n`);
    const demand = "  client_ca_file: ca.crt\n  client_auth_type: RequireAndVerifyClientCert\n";
    const withCertificate = await start(`${TLS}${demand}  client_allowed_sans: [prometheus.example.org]\n`);
    const config = writeIn(directory, "prometheus.yml", renderScrapeConfigs(withPassword, withCertificate));
    const port = await freePort();
    api = `http://127.0.0.1:${port}`;
    const args = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${directory}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    scraper = spawn(prometheus ?? "", args, { stdio: "ignore" });
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => scraper.once("exit", resolve));
    scraper.kill();
    await ended;
    for (const server of servers) await server.close(0);
    rmSync(directory, { recursive: true, force: true });
  });

  /** Health and last error of the one target of a job, once it was scraped. */
  async function targetOf(job: string): Promise<{ readonly health: string; readonly lastError: string }> {
    return waitFor(`a scrape of ${job}`, async () => {
      const { data } = (await (await fetch(`${api}/api/v1/targets`)).json()) as {
        data: { activeTargets: { health: string; lastError: string; labels: { job: string } }[] };
      };
      const target = data.activeTargets.find(({ labels }) => labels.job === job);
      return target === undefined || target.health === "unknown" ? null : target;
    });
  }

  it.each(["password", "certificate"])("scrapes with a %s", async (job) => {
    // The first password takes a moment, and this machine may have others.
    const target = await waitFor("a scrape that succeeds", async () => {
      const found = await targetOf(job);
      return found.health === "up" ? found : null;
    });
    expect(target.lastError).toBe("");
  });

  it.each([
    ["wrong-password", "401 Unauthorized"],
    ["no-password", "401 Unauthorized"],
    ["unknown-authority", "unknown authority"],
    // TLS 1.3 tells a client that it was refused when it reads.
    ["no-certificate", ""],
    ["other-certificate", ""],
  ])("gets nothing with %s", async (job, error) => {
    const { health, lastError } = await targetOf(job);
    expect(health).toBe("down");
    expect(lastError).toContain(error);
  });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
