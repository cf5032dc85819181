import { renderExporter } from "../grafana/src/exporter/exporter.ts";
import { renderOverview } from "../grafana/src/overview/overview.ts";
import { renderJsonSchema } from "../src/config/json-schema.ts";
import { renderConfigReference } from "../src/config/reference.ts";
import { renderMetricsDoc } from "../src/metrics/docs.ts";
import { renderPrometheusRule } from "./prometheus-rule.ts";

/** Files that are made from the code; each has a test that compares it with what is committed. */
export const GENERATED_DOCS: readonly { readonly path: string; readonly render: () => string }[] = [
  { path: "deploy/kubernetes/base/prometheus-rule.yaml", render: renderPrometheusRule },
  { path: "docs/configuration.md", render: renderConfigReference },
  { path: "docs/config.schema.json", render: renderJsonSchema },
  { path: "docs/metrics.md", render: renderMetricsDoc },
  { path: "grafana/agent-auth-exporter.json", render: renderExporter },
  { path: "grafana/agent-auth-overview.json", render: renderOverview },
];
