import {
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { VariableModel } from "@grafana/grafana-foundation-sdk/dashboard";
import { DATA_SOURCE, select } from "./query.ts";

/** The name in `__inputs` under which an import by hand asks for the data source. */
export const INPUT = "DS_PROMETHEUS";

/**
 * An import replaces the value with the chosen data source. Provisioning fills in no inputs: there no data source has
 * that value, and the text makes Grafana take the default one.
 */
const dataSource = new DatasourceVariableBuilder("datasource")
  .label("Data source")
  .type("prometheus")
  .current({ text: "default", value: `\${${INPUT}}` });

const SOURCES = {
  job: "agent_auth_build_info",
  instance: 'agent_auth_build_info{job=~"$job"}',
  installation: '{__name__=~"agent_auth_(agent_verdict|store_up)", job=~"$job", instance=~"$instance"}',
  agent: 'agent_auth_agent_verdict{job=~"$job", instance=~"$instance", installation=~"$installation"}',
  provider: select("agent_auth_provider_in_use", "agent"),
} as const;

type Label = keyof typeof SOURCES;

const EXPORTER_LABELS: readonly Label[] = ["job", "instance"];
const AGENT_LABELS: readonly Label[] = ["job", "instance", "installation", "agent", "provider"];

/** `.*` and not the list of all values: ten thousand agents make no good regular expression. */
function labelVariable(label: Label): QueryVariableBuilder {
  const query = `label_values(${SOURCES[label]}, ${label})`;
  return new QueryVariableBuilder(label)
    .label(`${label.slice(0, 1).toUpperCase()}${label.slice(1)}`)
    .datasource(DATA_SOURCE)
    .query({ query, refId: label })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ text: ["All"], value: ["$__all"] });
}

const scheme = new CustomVariableBuilder("scheme")
  .label("Page")
  .description("How a browser reaches the exporter's own page, which the column Exporter links to.")
  .values("http,https")
  .options(["http", "https"].map((text) => ({ text, value: text, selected: text === "http" })))
  .current({ text: "http", value: "http" });

function build(labels: readonly Label[]): VariableModel[] {
  return [dataSource, ...labels.map(labelVariable), scheme].map((variable) => variable.build());
}

export const EXPORTER_VARIABLES = build(EXPORTER_LABELS);
export const AGENT_VARIABLES = build(AGENT_LABELS);
