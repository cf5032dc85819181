import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findUnknownNames, readKnownNames } from "./known-names.ts";
import { ALERT_RULES, EXAMPLES, RECORDING_RULES, ROOT } from "./rules.ts";

const known = await readKnownNames();

/** Everything that asks Prometheus for something: rules, dashboards, and the examples of the documentation. */
const EXPRESSIONS: readonly (readonly [where: string, expression: string])[] = [
  ...RECORDING_RULES.map(({ record, expr }) => [record, expr] as const),
  ...ALERT_RULES.map(({ alert, labels, expr }) => [`${alert} ${labels["severity"]}`, expr] as const),
  ...globSync("grafana/**/*.json", { cwd: ROOT }).flatMap((path) =>
    findQueries(JSON.parse(readFileSync(join(ROOT, path), "utf8"))).map((query) => [path, query] as const),
  ),
  ...EXAMPLES,
];

test.each(EXPRESSIONS)("%s asks for what there is", (_where, expression) => {
  expect(findUnknownNames(expression, known)).toEqual([]);
});

test.each(ALERT_RULES.map((rule) => [rule.alert, rule] as const))("%s tells labels that it has", (_name, rule) => {
  const template = [...Object.values(rule.labels), ...Object.values(rule.annotations)].join(" ");
  const told = [...template.matchAll(/\$labels\.(\w+)/g)].map(([, label = ""]) => label);
  expect(findUnknownNames(`${rule.expr} + on (${told.join()}) up`, known)).toEqual([]);
});

describe("planted", () => {
  test.each([
    ["a metric that is not there", "sum(agent_auth_profil_expiry)", ["metric agent_auth_profil_expiry"]],
    [
      "a label that it lacks",
      'agent_auth_agent_can_answer{profile="x"} == 0',
      ["label profile of agent_auth_agent_can_answer"],
    ],
    ["a grouping by a label of another", "max by (channel) (agent_auth_store_up)", ["label channel of any metric"]],
    [
      "a histogram without its suffix",
      "agent_auth_check_duration_seconds > 1",
      ["metric agent_auth_check_duration_seconds"],
    ],
    ["a variable of a dashboard", 'label_values(agent_auth_store_up{job="$job"}, agnt)', ["label agnt of any metric"]],
    ["a name as a matcher", 'count({__name__=~"agent_auth_(stor_up|store_up)"})', ["metric agent_auth_stor_up"]],
    ["inside a subquery", "max_over_time(upp[1h:1m])", ["metric upp"]],
  ])("%s", (_name, expression, unknown) => {
    expect(findUnknownNames(expression, known)).toEqual(unknown);
  });

  test.each([
    [
      "functions, durations, numbers",
      "sum without (le) (rate(agent_auth_check_duration_seconds_bucket[$__rate_interval])) > 1e3 offset 5m",
    ],
    [
      "matching",
      "up * on (job, instance) group_left (version) agent_auth_build_info unless ignoring (job) up == bool 0",
    ],
    [
      "strings with names in them",
      'label_replace(agent_auth_agent_can_answer{agent=~"a{b}"}, "who", "$1", "agent", "(.*)") and on (who) vector(1)',
    ],
    ["variables of a dashboard", 'label_values(agent_auth_agent_can_answer{installation=~"$installation"}, agent)'],
    ["a name as a matcher", 'label_values({__name__=~"agent_auth_(agent_verdict|store_up)", job=~"$job"}, agent)'],
    ["labels of everything", "label_values(agent)"],
    ["the process", "process_resident_memory_bytes + nodejs_heap_size_used_bytes"],
  ])("nothing wrong: %s", (_name, expression) => {
    expect(findUnknownNames(expression, known)).toEqual([]);
  });
});

/** Expressions of panels, and queries of variables: strings under `expr`, and those that name a metric of ours. */
function findQueries(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (typeof inner !== "string") return findQueries(inner);
    return key === "expr" || (/^(?:query|definition)$/.test(key) && inner.includes("agent_auth")) ? [inner] : [];
  });
}
