/**
 * Starts the demo, Prometheus and Alertmanager with the very files of deploy/prometheus, and compares the alerts that
 * fire and arrive at a webhook with what the demo shows. Then it stops the exporter: this must be told, and nothing may
 * be called resolved. Loopback only, on free ports, in a directory of its own; takes about a minute, because durations
 * are shortened. Exits 1 when an alert is lacking or one too many. With `--keep` everything goes on until Ctrl-C instead,
 * to be looked at.
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { type Receiver, startReceiver } from "../test/channels/http-receiver.ts";
import { requireProgram } from "../test/real-program.ts";
import { startServe } from "../test/run-serve.ts";
import { waitFor } from "../test/wait.ts";
import { type Alert, expectAlerts, type Status } from "./stack/expected.ts";
import { copyFiles, FACTOR } from "./stack/files.ts";
import { freeAddress, type Program, startProgram } from "./stack/programs.ts";

const FILES = join(import.meta.dirname, "../deploy/prometheus");
/** The longest `for` takes half a minute. */
const WITHIN_MS = 120_000;

interface Arrived extends Alert {
  readonly receiver: string;
}

const prometheus = requireProgram("prometheus");
const alertmanager = requireProgram("prometheus-alertmanager");
if (prometheus !== null && alertmanager !== null) await runStack(prometheus, alertmanager);

async function runStack(prometheusPath: string, alertmanagerPath: string): Promise<void> {
  let isInterrupted = false;
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (isInterrupted = true));
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-stack-"));
  const running: Program[] = [];
  try {
    const webhook = await startReceiver();
    running.push({ stop: () => webhook.close() });
    const exporter = await startDemo(directory);
    running.push(exporter);
    const addresses = {
      exporter: exporter.url.slice("http://".length),
      alertmanager: await freeAddress(),
      prometheus: await freeAddress(),
      webhook: webhook.url.slice("http://".length),
    };
    const files = join(directory, "files");
    copyFiles(FILES, files, addresses);
    const rules = join(files, "agent-auth.rules.yml");
    renameSync(rules, `${rules}.later`);
    running.push(
      await startProgram(
        alertmanagerPath,
        [
          `--config.file=${files}/alertmanager.yml`,
          `--storage.path=${directory}/alertmanager`,
          `--web.listen-address=${addresses.alertmanager}`,
          "--cluster.listen-address=",
        ],
        { name: "alertmanager", directory, address: addresses.alertmanager },
      ),
    );
    running.push(
      await startProgram(
        prometheusPath,
        [
          `--config.file=${files}/prometheus.yml`,
          `--storage.tsdb.path=${directory}/prometheus`,
          `--web.listen-address=${addresses.prometheus}`,
          "--web.enable-lifecycle",
        ],
        { name: "prometheus", directory, address: addresses.prometheus },
      ),
    );
    console.log(`exporter      ${exporter.url}/`);
    console.log(`prometheus    http://${addresses.prometheus}/`);
    console.log(`alertmanager  http://${addresses.alertmanager}/\n`);

    // Prometheus takes some seconds to its first scrape, which by our clock is ten minutes without a target.
    await waitFor("the first scrape", async () =>
      (await query(addresses.prometheus, "up == 1")).length > 0 ? true : null,
    );
    renameSync(`${rules}.later`, rules);
    await fetch(`http://${addresses.prometheus}/-/reload`, { method: "POST" });

    const status = (await (await fetch(`${exporter.url}/api/v1/status`)).json()) as Status;
    const expected = expectAlerts(status).map(nameAlert);
    await waitUntilAllArrived(expected, webhook, () => isInterrupted);
    const fired = await readFired(addresses.prometheus);
    const isRight = printTable(expected, fired, readArrived(webhook));
    if (process.argv.includes("--keep")) {
      console.log("kept running; Ctrl-C ends it");
      while (!isInterrupted) await setTimeout(200);
    } else {
      await exporter.stop();
      const isKept = await checkOutage(addresses.prometheus, expected, webhook);
      process.exitCode = isRight && isKept ? 0 : 1;
    }
  } finally {
    for (const program of running.reverse()) await program.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The exporter as `npm start` runs it on a host without agents, with ids as they are in its API. */
async function startDemo(directory: string): Promise<Program & { readonly url: string }> {
  const home = join(directory, "home");
  mkdirSync(home);
  const config = join(directory, "config.yaml");
  writeFileSync(config, "labels:\n  emails: plain\n");
  const serving = await startServe(["--demo-if-empty", `--config.file=${config}`], { home });
  const stop = async (): Promise<void> => {
    serving.signal("SIGTERM");
    await serving.ended;
  };
  return { url: serving.url, stop };
}

/** The one that takes longest is among them, so nothing else is still on its way then. */
async function waitUntilAllArrived(
  expected: readonly string[],
  webhook: Receiver,
  isInterrupted: () => boolean,
): Promise<void> {
  const isDone = (): boolean => {
    const arrived = new Set(readArrived(webhook).map(nameAlert));
    return isInterrupted() || expected.every((name) => arrived.has(name));
  };
  // What is lacking when the time is up stands in the table.
  await waitFor("every alert", () => isDone() || null, WITHIN_MS).catch(() => undefined);
}

/** True when the end of the exporter is told, and the end of nothing else: unknown is not resolved. */
async function checkOutage(address: string, expected: readonly string[], webhook: Receiver): Promise<boolean> {
  const before = webhook.received.length;
  const isTold = (): boolean => readArrived(webhook).some(({ name }) => name === "AgentAuthExporterDown");
  await waitFor("AgentAuthExporterDown", () => isTold() || null, WITHIN_MS).catch(() => undefined);
  const series = await query(address, 'ALERTS{alertstate="firing"}');
  const firing = new Set(series.map((labels) => nameAlert(readLabels(labels))));
  const kept = expected.filter((name) => firing.has(name)).length;
  const resolved = readMessages(webhook.received.slice(before), "resolved").length;
  const told = isTold() ? "" : "not ";
  console.log(
    `exporter stopped: AgentAuthExporterDown ${told}told, ${kept} of ${expected.length} go on, ${resolved} called resolved`,
  );
  return isTold() && kept === expected.length && resolved === 0;
}

/** Every alert that has fired at any time, also one that has ended since. */
async function readFired(address: string): Promise<ReadonlySet<string>> {
  const series = await query(address, 'count_over_time(ALERTS{alertstate="firing"}[1h])');
  return new Set(series.map((labels) => nameAlert(readLabels(labels))));
}

/** The labels of every series that an instant query returns. */
async function query(address: string, expression: string): Promise<readonly Readonly<Record<string, string>>[]> {
  const answer = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { data } = (await answer.json()) as { data: { result: readonly { metric: Record<string, string> }[] } };
  return data.result.map(({ metric }) => metric);
}

function readArrived(webhook: Receiver): readonly Arrived[] {
  return readMessages(webhook.received, "firing");
}

function readMessages(received: Receiver["received"], wanted: "firing" | "resolved"): readonly Arrived[] {
  return received.flatMap(({ path, body }) => {
    const { alerts } = JSON.parse(body) as { alerts: readonly { status: string; labels: Record<string, string> }[] };
    return alerts
      .filter(({ status }) => status === wanted)
      .map(({ labels }) => ({ ...readLabels(labels), receiver: path.slice(1) }));
  });
}

function readLabels(labels: Readonly<Record<string, string | undefined>>): Alert {
  const { alertname = "", severity = "", installation, agent, profile } = labels;
  const where = [installation, agent, profile].filter((part) => part !== undefined).join(" ");
  return { name: alertname, severity, where };
}

function nameAlert({ name, severity, where }: Alert): string {
  return `${name.padEnd(36)}${severity.padEnd(10)}${where}`;
}

/** True when exactly what was expected fired, and arrived where its severity leads. */
function printTable(expected: readonly string[], fired: ReadonlySet<string>, arrived: readonly Arrived[]): boolean {
  const receivers = new Map(arrived.map((alert) => [nameAlert(alert), alert]));
  const all = [...new Set([...expected, ...fired, ...receivers.keys()])].sort();
  const width = Math.max(...all.map((name) => name.length));
  let wrong = 0;
  console.log(`${"alert".padEnd(36)}${"severity".padEnd(10)}${"where".padEnd(width - 46)}  expected  fired  webhook`);
  for (const name of all) {
    const alert = receivers.get(name);
    const isRight =
      expected.includes(name) && fired.has(name) && alert !== undefined && alert.receiver === receiverOf(alert);
    if (!isRight) wrong += 1;
    const [isExpected, hasFired] = [expected.includes(name), fired.has(name)].map((is) => (is ? "yes" : "no"));
    const cells = [isExpected?.padEnd(8), hasFired?.padEnd(5), alert?.receiver ?? "no", isRight ? "" : "WRONG"];
    console.log(`${name.padEnd(width)}  ${cells.join("  ")}`.trimEnd());
  }
  console.log(`\n${all.length} alerts, ${wrong} of them wrong; durations were shortened ${FACTOR} times`);
  return wrong === 0;
}

function receiverOf({ name, severity }: Alert): string {
  if (name === "AgentAuthWatchdog") return "watchdog";
  return severity === "critical" ? "pager" : "tickets";
}
