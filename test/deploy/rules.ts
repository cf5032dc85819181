import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export const ROOT = join(import.meta.dirname, "../..");
export const PROMETHEUS = join(ROOT, "deploy/prometheus");

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly (AlertRule | RecordingRule)[] }[];
}

const rules = (parse(readFileSync(join(PROMETHEUS, "agent-auth.rules.yml"), "utf8")) as RuleFile).groups.flatMap(
  (group) => group.rules,
);

export const ALERT_RULES = rules.filter((rule) => "alert" in rule);
export const RECORDING_RULES = rules.filter((rule) => "record" in rule);
export const ALERT_NAMES = [...new Set(ALERT_RULES.map(({ alert }) => alert))];

/** Unit tests of the rules, for promtool. */
export const RULE_TESTS = globSync("*.test.yml", { cwd: PROMETHEUS }).sort();

/** The PromQL of the documentation, with the page that it is on. */
export const EXAMPLES = globSync(["docs/**/*.md", "deploy/**/*.md", "grafana/**/*.md"], { cwd: ROOT })
  .sort()
  .flatMap((path) =>
    [...readFileSync(join(ROOT, path), "utf8").matchAll(/^```promql\n(.*?)^```$/gms)].map(
      ([, query = ""]) => [path, query] as const,
    ),
  );
