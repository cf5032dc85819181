import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import { PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import { DaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import { StatefulSet } from "kubernetes-models/apps/v1/StatefulSet";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import { ConfigMap } from "kubernetes-models/v1/ConfigMap";
import { Namespace } from "kubernetes-models/v1/Namespace";
import { ServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import { describe, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { COMMANDS } from "../../src/commands/commands.ts";
import { parsePlainly } from "../../src/commands/parse.ts";
import { build, KUBERNETES, kubectl, readResources, type Resource } from "./kustomize.ts";
import { findUnrestricted, type PodSpec } from "./pod-security.ts";
import { ROOT } from "./rules.ts";

/** By the OpenAPI descriptions of Kubernetes and of the Prometheus Operator, which these packages are made of. */
const VALIDATORS: Readonly<Record<string, (resource: never) => { validate(): void }>> = {
  ConfigMap: (resource) => new ConfigMap(resource),
  DaemonSet: (resource) => new DaemonSet(resource),
  Namespace: (resource) => new Namespace(resource),
  NetworkPolicy: (resource) => new NetworkPolicy(resource),
  PodMonitor: (resource) => new PodMonitor(resource),
  PrometheusRule: (resource) => new PrometheusRule(resource),
  ServiceAccount: (resource) => new ServiceAccount(resource),
  StatefulSet: (resource) => new StatefulSet(resource),
};

const files = globSync("{base,daemonset,example}/*.yaml", { cwd: KUBERNETES }).filter(
  (path) => !/kustomization|config\.yaml/.test(path),
);

function findFlaws(resource: Resource): string {
  const validator = VALIDATORS[resource.kind];
  if (validator === undefined) return `no schema for ${resource.kind}`;
  try {
    validator(resource as never).validate();
    return "";
  } catch (error) {
    return String(error);
  }
}

const MODULES: Readonly<Record<string, string>> = {
  ConfigMap: "kubernetes-models/v1/ConfigMap",
  DaemonSet: "kubernetes-models/apps/v1/DaemonSet",
  Deployment: "kubernetes-models/apps/v1/Deployment",
  Namespace: "kubernetes-models/v1/Namespace",
  NetworkPolicy: "kubernetes-models/networking.k8s.io/v1/NetworkPolicy",
  PodMonitor: "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor",
  PrometheusRule: "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule",
  ServiceAccount: "kubernetes-models/v1/ServiceAccount",
  StatefulSet: "kubernetes-models/apps/v1/StatefulSet",
};

/** What the compiler says of keys that the schemas pass over: an API server would drop them or refuse. */
function findUnknownKeys(resources: readonly Resource[]): string {
  const lines = resources.map((resource, place) => {
    const module = MODULES[resource.kind];
    return `const resource${place}: import("${module}").I${resource.kind} = ${JSON.stringify(resource)};`;
  });
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-kubernetes-"));
  try {
    symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
    const path = join(directory, "resources.mts");
    writeFileSync(path, lines.join("\n"));
    const compiler = join(ROOT, "node_modules/.bin/tsc");
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--types", ""];
    return spawnSync(compiler, [...options, path], { cwd: directory, encoding: "utf8" }).stdout;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function findPod(resources: readonly Resource[]): { readonly labels: object; readonly spec: PodSpec } {
  const { metadata, spec } = resources.find(({ kind }) => /^(?:DaemonSet|StatefulSet)$/.test(kind))!.spec!.template!;
  return { labels: metadata.labels, spec };
}

describe("schemas", () => {
  test.each(files)("%s", (path) => {
    const resources = readResources(readFileSync(join(KUBERNETES, path), "utf8"));
    expect(resources.map(findFlaws).filter((flaw) => flaw !== "")).toEqual([]);
  });

  test("know every key, by the types of the same packages", () => {
    const sidecar = readFileSync(join(KUBERNETES, "sidecar/container.yaml"), "utf8");
    const resources = [
      ...files.flatMap((path) => readResources(readFileSync(join(KUBERNETES, path), "utf8"))),
      // A patch lacks what the other side has.
      ...readResources(sidecar).map(({ spec, ...rest }) => ({
        ...rest,
        kind: "Deployment",
        spec: { ...spec, selector: {}, template: spec!.template! },
      })),
    ];
    expect(findUnknownKeys(resources)).toBe("");
    expect(findUnknownKeys([{ kind: "Namespace", metadata: { name: "a", label: {} } } as never])).toContain('"label"');
  });

  test("planted: a port that is no number, a duration that is none", () => {
    const port = { kind: "NetworkPolicy", metadata: { name: "a" }, spec: { podSelector: {}, policyTypes: "Egress" } };
    expect(findFlaws(port as never)).toContain("policyTypes must be array");
    const spec = { selector: {}, podMetricsEndpoints: [{ interval: "often" }] };
    expect(findFlaws({ kind: "PodMonitor", metadata: { name: "a" }, spec } as never)).toContain("interval must match");
  });
});

test("every file of a folder is used by its kustomization, and exists", () => {
  for (const path of globSync("*/kustomization.yaml", { cwd: KUBERNETES })) {
    const folder = join(KUBERNETES, path, "..");
    const text = readFileSync(join(KUBERNETES, path), "utf8");
    const others = globSync("*.yaml", { cwd: folder }).filter((name) => name !== "kustomization.yaml");
    const named = text.replaceAll(/^#.*$/gm, "").match(/[\w-]+\.yaml/g) ?? [];
    expect(named.toSorted()).toEqual(others.toSorted());
  }
});

describe("what both variants share", () => {
  const [daemonSet] = readResources(readFileSync(join(KUBERNETES, "daemonset/daemonset.yaml"), "utf8"));
  const [sidecar] = readResources(readFileSync(join(KUBERNETES, "sidecar/container.yaml"), "utf8"));
  const containers = [daemonSet, sidecar].map((resource) => resource!.spec!.template!.spec.containers[0]!);

  test.each(containers.map((container) => [container] as const))(
    "is the image of this version, started as it may be",
    (container) => {
      expect(container.image).toBe(`${manifest.name}:${manifest.version}`);
      expect(parsePlainly(container.args ?? [], COMMANDS)).toMatchObject({ kind: "run" });
    },
  );

  test("is how much they need and where they write", () => {
    const [one, other] = containers.map(({ resources, volumeMounts = [] }) => ({
      resources,
      mounts: volumeMounts.filter(({ name }) => name.startsWith("agent-auth")),
    }));
    expect(one).toEqual(other);
    expect(one?.mounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath)).toEqual([
      "/var/lib/agent-auth",
      "/tmp",
    ]);
  });

  test("is more memory than they take with a full memory volume, and with a command beside them", () => {
    for (const resource of [daemonSet, sidecar]) {
      const { containers, volumes = [] } = resource!.spec!.template!.spec;
      const { limits } = containers[0]!.resources as { limits: { memory: string } };
      const tmp = volumes.find(({ name }) => name === "agent-auth-tmp")!["emptyDir"] as { sizeLimit: string };
      // 100 MiB are the exporter's own, 60 those of `kubectl exec … agent-auth status`.
      expect(Number.parseInt(limits.memory) - Number.parseInt(tmp.sizeLimit)).toBeGreaterThan(160);
    }
  });

  test("reads stores without being able to write to them", () => {
    const mounts = containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
    const stores = mounts.filter(({ mountPath }) => mountPath.endsWith("/.openclaw"));
    expect(stores.map(({ readOnly }) => readOnly)).toEqual([true, true]);
  });
});

describe.runIf(kubectl !== null)("built by kustomize", () => {
  test.each(["daemonset", "example"])("%s has what it needs, by the schemas", (variant) => {
    const resources = build(variant);
    expect(resources.map(findFlaws).filter((flaw) => flaw !== "")).toEqual([]);
    const kinds = resources.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(["ConfigMap", "Namespace", "PodMonitor", "PrometheusRule"]));
    const [namespace] = resources.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name);
    const homeless = resources.filter(({ kind, metadata }) => kind !== "Namespace" && metadata.namespace !== namespace);
    expect(homeless).toEqual([]);
  });

  test.each(["daemonset", "example"])("%s mounts nothing that it does not have", (variant) => {
    const { spec } = findPod(build(variant));
    // A claim of the StatefulSet is a volume of its own.
    const volumes = new Set(["openclaw-state", ...(spec.volumes ?? []).map(({ name }) => name)]);
    const mounted = spec.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
    expect(mounted.filter((name) => !volumes.has(name))).toEqual([]);
    expect(mounted).toContain("agent-auth-tmp");
  });

  test.each(["daemonset", "example"])("%s is found by its PodMonitor", (variant) => {
    const resources = build(variant);
    const { labels, spec } = findPod(resources);
    const monitor = resources.find(({ kind }) => kind === "PodMonitor")?.spec as unknown as {
      selector: { matchExpressions: readonly { key: string }[] };
      podMetricsEndpoints: readonly { port: string }[];
    };
    expect(Object.keys(labels)).toContain(monitor.selector.matchExpressions[0]?.key);
    const ports = spec.containers.flatMap((container) => container.ports ?? []);
    expect(ports).toEqual([{ name: monitor.podMetricsEndpoints[0]?.port, containerPort: 10884 }]);
  });

  test("the sidecar keeps the agent's container and the restricted rules", () => {
    const { spec, labels } = findPod(build("example"));
    expect(spec.containers.map(({ name }) => name).toSorted()).toEqual(["agent-auth-exporter", "openclaw"]);
    expect(labels).toMatchObject({ app: "openclaw", "agent-auth-exporter": "sidecar" });
    expect(findUnrestricted(spec)).toEqual([]);
  });

  test("the DaemonSet bends the restricted rules in one point, and only reads there", () => {
    const { spec } = findPod(build("daemonset"));
    expect(findUnrestricted(spec)).toEqual(["volume openclaw is a hostPath"]);
  });
});
