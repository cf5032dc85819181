import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { requireProgram } from "../real-program.ts";
import { build, KUBERNETES, kubectl } from "./kustomize.ts";

type Relabeling = Readonly<Record<string, unknown>>;
type Labels = Readonly<Record<string, string>>;

interface Scrape {
  readonly job_name: string;
  readonly kubernetes_sd_configs?: readonly object[];
  readonly relabel_configs: readonly Relabeling[];
}

/** A pod as discovery describes it. */
interface Pod {
  readonly name: string;
  /** Value of the label `agent-auth-exporter`; null for a pod without. */
  readonly label: string | null;
  readonly port?: string;
  readonly phase?: string;
}

const promtool = requireProgram("promtool");
const directory = mkdtempSync(join(tmpdir(), "agent-auth-scrape-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What the operator puts in front of a monitor's own relabelings: pkg/prometheus/promcfg.go of prometheus-operator. */
const OF_OPERATOR: readonly Relabeling[] = [
  { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
  { source_labels: ["__meta_kubernetes_pod_container_name"], target_label: "container" },
  { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
];

function readMonitor(variant: string): Scrape {
  const { spec } = build(variant).find(({ kind }) => kind === "PodMonitor") as unknown as {
    spec: { podMetricsEndpoints: readonly { relabelings: readonly Relabeling[] }[] };
  };
  const own = (spec.podMetricsEndpoints[0]?.relabelings ?? []).map((relabeling) =>
    Object.fromEntries(
      Object.entries(relabeling).map(([key, value]) => [
        key.replace("Labels", "_labels").replace("Label", "_label"),
        value,
      ]),
    ),
  );
  return { job_name: "podMonitor/agents/agent-auth/0", relabel_configs: [...OF_OPERATOR, ...own] };
}

function readPlain(): Scrape {
  const { scrape_configs } = parse(readFileSync(join(KUBERNETES, "scrape.yml"), "utf8")) as {
    scrape_configs: Scrape[];
  };
  return scrape_configs[0]!;
}

/** The labels of every series of each pod, by Prometheus itself; null for one that is not scraped. */
function findLabels({ job_name, relabel_configs }: Scrape, pods: readonly Pod[]): Readonly<Record<string, unknown>> {
  const static_configs = pods.map(({ name, label, port = "agent-auth", phase = "Running" }, place) => ({
    targets: [`10.0.0.${place}:10884`],
    labels: {
      __meta_kubernetes_namespace: "agents",
      __meta_kubernetes_pod_name: name,
      __meta_kubernetes_pod_node_name: "node-1",
      __meta_kubernetes_pod_phase: phase,
      __meta_kubernetes_pod_container_name: "agent-auth-exporter",
      __meta_kubernetes_pod_container_port_name: port,
      ...(label !== null && {
        __meta_kubernetes_pod_label_agent_auth_exporter: label,
        __meta_kubernetes_pod_labelpresent_agent_auth_exporter: "true",
      }),
    },
  }));
  const path = join(directory, "prometheus.yml");
  writeFileSync(path, JSON.stringify({ scrape_configs: [{ job_name, static_configs, relabel_configs }] }));
  const args = ["check", "service-discovery", "--timeout=3s", path, job_name];
  const { status, stdout, stderr } = spawnSync(String(promtool), args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  const targets = JSON.parse(stdout) as readonly { discoveredLabels: Labels; labels: Labels | null }[];
  return Object.fromEntries(
    targets.map(({ discoveredLabels, labels }) => {
      const kept = Object.entries(labels ?? {}).filter(([name]) => !name.startsWith("__"));
      return [discoveredLabels["__meta_kubernetes_pod_name"], kept.length === 0 ? null : Object.fromEntries(kept)];
    }),
  );
}

const PODS: readonly Pod[] = [
  { name: "openclaw-0", label: "sidecar" },
  { name: "openclaw-7d9f8b6c5d-x2x4z", label: "sidecar" },
  { name: "open-claw-main-7d9f8b6c5d-x2x4z", label: "sidecar" },
  { name: "openclaw", label: "sidecar" },
];
const NODE: Pod = { name: "agent-auth-exporter-x2x4z", label: "node" };

function ofInstance(instance: string): Labels {
  return { job: "agent-auth", namespace: "agents", container: "agent-auth-exporter", instance };
}

/** Nothing in there ends with the pod: with the next one, alerts go on. */
const EXPECTED = {
  "openclaw-0": ofInstance("agents/openclaw-0"),
  "openclaw-7d9f8b6c5d-x2x4z": ofInstance("agents/openclaw"),
  "open-claw-main-7d9f8b6c5d-x2x4z": ofInstance("agents/open-claw-main"),
  openclaw: ofInstance("agents/openclaw"),
};

describe.runIf(kubectl !== null && promtool !== null)("what the operator makes of the PodMonitor", () => {
  test("a pod is its workload", () => {
    expect(findLabels(readMonitor("example"), PODS)).toEqual(EXPECTED);
  });

  test("a pod of the DaemonSet is its node", () => {
    expect(findLabels(readMonitor("daemonset"), [NODE])).toEqual({ [NODE.name]: ofInstance("node-1") });
  });
});

test("scrape.yml asks the API server for pods", () => {
  // The Prometheus of Debian is built without Kubernetes, so below its promtool is told of pods in another way.
  expect(readPlain().kubernetes_sd_configs).toEqual([{ role: "pod" }]);
});

test.runIf(promtool !== null)("scrape.yml makes the same of them, and leaves out what is not ours", () => {
  const others: readonly Pod[] = [
    { name: "another-pod", label: null },
    { name: "another-port", label: "sidecar", port: "http" },
    { name: "has-ended", label: "sidecar", phase: "Succeeded" },
  ];
  expect(findLabels(readPlain(), [...PODS, NODE, ...others])).toEqual({
    ...EXPECTED,
    [NODE.name]: ofInstance("node-1"),
    ...Object.fromEntries(others.map(({ name }) => [name, null])),
  });
});
