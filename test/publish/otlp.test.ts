import { hostname } from "node:os";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { renderPromText } from "../../src/metrics/expose.ts";
import { parseFamilies } from "../../src/publish/families.ts";
import { createOtlp } from "../../src/publish/otlp.ts";
import type { OtlpOptions } from "../../src/publish/publisher.ts";
import { answer, type Behaviour, type Receiver, reset, startReceiver } from "../channels/http-receiver.ts";
import { inHours, token, writeHome } from "../commands/json-home.ts";
import { parseExposition } from "../metrics/parse-exposition.ts";
import { richSnapshot } from "../metrics/sample-snapshot.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";
import { startServe } from "../run-serve.ts";
import { waitFor } from "../wait.ts";

const OPTIONS: OtlpOptions = {
  url: null,
  urlFile: null,
  user: null,
  password: null,
  passwordFile: null,
  token: null,
  tokenFile: null,
  job: null,
  instance: null,
  hostName: false,
  timeoutMs: 500,
};
const HISTOGRAM = `# HELP a_seconds A \\\\ and\\na line.
# TYPE a_seconds histogram
a_seconds_bucket{channel="x",le="0.5"} 2
a_seconds_bucket{channel="x",le="1"} 5
a_seconds_bucket{channel="x",le="+Inf"} 6
a_seconds_sum{channel="x"} 4.5
a_seconds_count{channel="x"} 6
`;

/** As much of `ExportMetricsServiceRequest` as a collector looks at. */
interface Request {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeMetrics: readonly { readonly scope: { name: string }; readonly metrics: readonly Metric[] }[];
  }[];
}
interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}
interface Point {
  readonly attributes: readonly KeyValue[];
  readonly asDouble?: number;
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}
interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly gauge?: { readonly dataPoints: readonly Point[] };
  readonly sum?: { readonly dataPoints: readonly Point[]; readonly isMonotonic: boolean };
  readonly histogram?: { readonly dataPoints: readonly (Point & Readonly<Record<string, unknown>>)[] };
}

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
  receiver.behave(answer(200, { "content-type": "application/json" }, "{}"));
});
afterEach(() => receiver.close());

function open(given: Partial<OtlpOptions> = {}) {
  return createOtlp({ ...OPTIONS, url: receiver.url, ...given }, { env: {} });
}

function decode(position = 0) {
  const request = JSON.parse(receiver.received[position]?.body ?? "") as Request;
  const [{ resource, scopeMetrics } = { resource: { attributes: [] }, scopeMetrics: [] }] = request.resourceMetrics;
  return { resource: attributesOf(resource), metrics: scopeMetrics.flatMap(({ metrics }) => metrics) };
}

function unescape(labels: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [name, value.replaceAll(/\\(["\\])/g, "$1")]),
  );
}

function attributesOf({ attributes }: { readonly attributes: readonly KeyValue[] }) {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
}

describe("the metrics", () => {
  const text = renderPromText(richSnapshot(), {
    emails: "masked",
    maxSeries: 10_000,
    build: { version: "0.1.0", revision: "abc", nodeVersion: "v24.0.0" },
    checkCode: 1,
  });

  test("arrive with the names, labels and values of the scrape", async () => {
    expect(await open().publish(text)).toBeNull();
    expect(receiver.received[0]).toMatchObject({ method: "POST", path: "/v1/metrics" });
    expect(receiver.received[0]?.headers["content-type"]).toBe("application/json");
    const arrived = decode().metrics.flatMap((metric) =>
      (metric.gauge ?? metric.sum)!.dataPoints.map((point) => ({
        name: metric.name,
        labels: attributesOf(point),
        value: point.asDouble,
      })),
    );
    const written = parseExposition(text).map(({ name, labels, value }) => ({ name, labels: unescape(labels), value }));
    expect(arrived).toEqual(written);
    expect(arrived.length).toBeGreaterThan(100);
  });

  test("are gauges and monotonic sums, in seconds where they are", async () => {
    await open().publish(text);
    const { metrics } = decode();
    const find = (name: string) => metrics.find((metric) => metric.name === name);
    expect(find("agent_auth_agent_can_answer")).toMatchObject({ unit: "", gauge: {} });
    expect(find("agent_auth_profile_expiry_timestamp_seconds")).toMatchObject({ unit: "s", gauge: {} });
    expect(find("agent_auth_series_dropped_total")).toMatchObject({ sum: { isMonotonic: true } });
    const [point] = find("agent_auth_series_dropped_total")?.sum?.dataPoints ?? [];
    expect(Number(point?.timeUnixNano)).toBeGreaterThanOrEqual(Number(point?.startTimeUnixNano));
    expect(Number(point?.startTimeUnixNano) / 1e6).toBeGreaterThan(Date.now() - 60_000);
  });

  test("keep histograms, whose buckets count for themselves", async () => {
    await open().publish(HISTOGRAM);
    expect(decode().metrics).toMatchObject([{ name: "a_seconds", unit: "s", description: "A \\ and\na line." }]);
    const [point] = decode().metrics[0]?.histogram?.dataPoints ?? [];
    expect(point).toMatchObject({ explicitBounds: [0.5, 1], bucketCounts: [2, 3, 1], sum: 4.5, count: 6 });
    expect(attributesOf(point!)).toEqual({ channel: "x" });
  });

  test.each([
    ["quotes and braces", 'a{l="x} \\"y\\" \\\\ {z",m="2"} 1', { l: 'x} "y" \\ {z', m: "2" }],
    ["a line break", 'a{l="x\\ny"} 1', { l: "x\ny" }],
    ["none", "a 1", {}],
  ])("have odd labels as they are: %s", (_name, line, labels) => {
    const [family] = parseFamilies(`# HELP a b\n# TYPE a gauge\n${line}\n`);
    expect(family?.samples).toEqual([{ suffix: "", labels, value: 1 }]);
  });
});

describe("whose they are", () => {
  test("is this host's name, and more only when asked for", async () => {
    await open().publish("");
    expect(decode().resource).toMatchObject({ "service.name": "agent-auth", "service.instance.id": hostname() });
    expect(decode().resource).not.toHaveProperty("host.name");
    await open({ job: "agents", instance: "build-7", hostName: true }).publish("");
    expect(decode(1).resource).toMatchObject({
      "service.name": "agents",
      "service.instance.id": "build-7",
      "host.name": hostname(),
    });
  });
});

describe("a push", () => {
  test.each<readonly [string, (url: string) => Partial<OtlpOptions>, string]>([
    ["a user", () => ({ user: "ada", password: "CANARY" }), `Basic ${btoa("ada:CANARY")}`],
    ["a token", () => ({ token: "CANARY" }), "Bearer CANARY"],
    ["the address", (url) => ({ url: url.replace("//", "//ada:CANARY@") }), `Basic ${btoa("ada:CANARY")}`],
  ])("says who it is: %s", async (_name, given, authorization) => {
    expect(await open(given(receiver.url)).publish("")).toBeNull();
    expect(receiver.received[0]?.headers).toMatchObject({ authorization });
  });

  test("is tried again while the other side is busy", async () => {
    receiver.behave((response) =>
      response.writeHead(receiver.received.length === 1 ? 503 : 200, { "retry-after": "0" }).end("{}"),
    );
    expect(await open({ timeoutMs: 5_000 }).publish("")).toBeNull();
    expect(receiver.received).toHaveLength(2);
  });

  test.each<readonly [string, Behaviour, RegExp]>([
    ["unauthorised", answer(401, {}, "CANARY"), /^HTTP 401; give `push\.otlp` the credentials/],
    ["elsewhere", answer(404), /^HTTP 404; name the address that takes metrics/],
    ["refused", answer(400, {}, "CANARY"), /^HTTP 400; look into the log of the receiver$/],
    ["busy", answer(503), /^no answer; see whether the address is right/],
    ["gone", reset, /^no answer .*; the next check tries again$/],
  ])("says what to do when it is %s, without address or answer", async (_name, behaviour, words) => {
    receiver.behave(behaviour);
    const fault = await open({ url: receiver.url.replace("//", "//ada:CANARY@") }).publish("");
    expect(fault).toMatch(words);
    expect(fault).not.toMatch(/CANARY|127\.0/);
  });

  test("says which file of a secret cannot be read", async () => {
    const fault = await open({ tokenFile: "/nonexistent/CANARY" }).publish("");
    expect(fault).toMatch(/^`tokenFile` cannot be read \(not_found\)/);
    expect(fault).not.toContain("CANARY");
  });
});

test("a file with something else than an address is told of, and read again", async () => {
  const home = createTemporaryHome();
  const urlFile = join(home.path, "url");
  writeFileSync(urlFile, "CANARY of no use");
  const place = open({ url: null, urlFile });
  expect(await place.publish("")).toBe("`urlFile` holds no http or https address; correct that file");
  writeFileSync(urlFile, receiver.url);
  expect(await place.publish("")).toBeNull();
  home.remove();
});

describe("from the command line", () => {
  const home = createTemporaryHome();
  const config = join(home.path, "config.yaml");
  beforeAll(() => {
    writeHome(home.path, { "anthropic:a": token(inHours(30)) });
    writeFileSync(config, "push: { otlp: {} }\n");
  });
  afterAll(() => home.remove());
  const environment = () => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_HEADERS: "x-scope=CANARY",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=lab,service.name=other",
    OTEL_SERVICE_NAME: "agents",
  });

  test("check --publish honours the usual variables", async () => {
    const published = await runCli(["check", "--quiet", "--publish", `--config.file=${config}`], {
      home: home.path,
      env: environment(),
    });
    expect(published).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(receiver.received[0]).toMatchObject({ path: "/v1/metrics", headers: { "x-scope": "CANARY" } });
    expect(decode().resource).toMatchObject({ "service.name": "agents", "deployment.environment": "lab" });
    expect(decode().metrics.map(({ name }) => name)).toContain("agent_auth_last_check_code");
  });

  test("serve pushes after each check", async () => {
    const serving = await startServe([`--config.file=${config}`], { home: home.path, env: environment() });
    await waitFor("a push", () => receiver.received[0]);
    expect(decode().metrics.find(({ name }) => name === "agent_auth_check_duration_seconds")?.histogram).toBeDefined();
    serving.signal("SIGTERM");
    expect(await serving.ended).toBe(0);
  });
});
