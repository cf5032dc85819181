import { readFileSync } from "node:fs";
import { join } from "node:path";

const RULES = "deploy/prometheus/agent-auth.rules.yml";

const HEAD = `# The rules of ${RULES} for the Prometheus Operator; \`npm run docs\` writes this file.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: agent-auth
spec:
`;

/** The alert rules as a resource of Kubernetes, comments and all: they are put one level deeper. */
export function renderPrometheusRule(): string {
  const lines = readFileSync(join(import.meta.dirname, "..", RULES), "utf8").split("\n");
  return HEAD + lines.map((line) => (line === "" ? "" : `  ${line}`)).join("\n");
}
