import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { renderPrometheusRule } from "../../scripts/prometheus-rule.ts";

const DEPLOY = join(import.meta.dirname, "../../deploy");

test("the alert rules for Kubernetes are those of Prometheus; `npm run docs` writes them", () => {
  const text = readFileSync(join(DEPLOY, "kubernetes/base/prometheus-rule.yaml"), "utf8");
  expect(text).toBe(renderPrometheusRule());
  const shipped: unknown = parse(readFileSync(join(DEPLOY, "prometheus/agent-auth.rules.yml"), "utf8"));
  expect((parse(text) as { spec: unknown }).spec).toEqual(shipped);
});
