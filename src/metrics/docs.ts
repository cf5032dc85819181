import type { InstallationReport } from "../snapshot.ts";
import type { CheckMetric, HistogramMetric, StoreMetric } from "./metric.ts";
import { METRICS_OF_STORES, METRIC_TABLE } from "./table.ts";
import { TextWriter } from "./text.ts";
import { createMetricView } from "./view.ts";

type Row = StoreMetric | CheckMetric | HistogramMetric;

const SECTIONS: readonly (readonly [per: Row["per"], title: string])[] = [
  ["agent", "Agents"],
  ["provider", "Providers of an agent"],
  ["profile", "Profiles"],
  ["store", "Stores"],
  ["installation", "Installations"],
  ["exporter", "The exporter itself"],
  ["alerts", "Alerts"],
];

/** The text of docs/metrics.md. */
export function renderMetricsDoc(): string {
  const sections = SECTIONS.map(([per, title]) => {
    const rows = METRIC_TABLE.filter((row) => row.per === per);
    return `## ${title}\n\n${rows.map(renderRow).join("\n")}`;
  });
  return `${[INTRODUCTION, ...sections, RUNTIME, renderCardinality()].join("\n")}`;
}

const INTRODUCTION = `# Metrics

<!-- Generated from the table in src/metrics by \`npm run docs\`; a test fails when the two differ. -->

Served on \`/metrics\` in the Prometheus text format 0.0.4 and in OpenMetrics 1.0.0, whichever the \`Accept\` header
prefers; \`agent-auth check --format prom\` prints the former. Everything is made once per check, so all scrapes between
two checks get the same bytes. Times are absolute Unix times: subtract \`time()\` to get what is left.

Labels that several metrics share:

| label | value |
|---|---|
| \`installation\` | the state directory's name without its dot, such as \`openclaw\`; for the login of another CLI its name, such as \`codex\`. Where several homes or a glob are searched it begins with the home's name: \`ada-openclaw\` |
| \`agent\` | the agent's id; for what belongs to a store its owner: an agent, \`_shared\` for the installation's shared store, \`_cli\` for a login |
| \`provider\` | the provider's id, aliases resolved |
| \`profile\` | the credential's id. E-mail addresses in it are masked (\`anthropic:p***@example.com\`) unless \`labels.emails\` is \`plain\` |

Two ids that masking made equal, and ids cut to 128 characters, end in \`~\` and a digest of the id. What looks like a
secret is replaced by \`[redacted]\`. A word of OpenClaw's that this version does not know shows as \`other\`.
`;

const RUNTIME = `## Process and Node.js

With \`metrics.runtime\` on, prom-client's metrics of the process (\`process_*\`) and of Node.js (\`nodejs_*\`) are added, as
of the last check, without those of the event loop's delay: measuring it would wake a phone up all the time.
`;

function renderRow(row: Row): string {
  const labels = row.labels.length === 0 ? "none" : row.labels.map((label) => `\`${label}\``).join(", ");
  return `### \`${row.name}\`

${row.help}

- Type: ${row.type}
- Labels: ${labels}
- Absent: ${row.absent}

\`\`\`promql
${row.query}
\`\`\`
`;
}

function renderCardinality(): string {
  const series = countSeries();
  const perAgent = series.agent + series.store + 1;
  const total = series.installation + 50 * (perAgent + 2 * series.provider + 5 * series.profile);
  return `## How many series

One profile has at most ${series.profile} series, a provider of an agent ${series.provider}, an agent ${series.agent}, a store ${series.store + 1} and an installation ${series.installation}.
Fifty agents with a store, two providers and five profiles each make at most ${total} series.

\`metrics.maxSeries\` is the limit for all of these together; only metrics of the exporter itself come on top. What is
beyond it is left out by whole profiles, providers, stores, agents and installations: first what is well, in this order
and of profiles those that end last, then what is less bad. It is counted in \`agent_auth_series_dropped_total\`: raise
the limit when that grows, or divide the agents among several exporters (fleet.md).
`;
}

/** Counts what one of each yields, with everything recorded that can be. */
function countSeries(): Readonly<Record<StoreMetric["per"], number>> {
  const view = createMetricView({ installations: [ONE_OF_EACH] }, "masked");
  const counts = { installation: 0, agent: 0, store: 0, provider: 0, profile: 0 };
  for (const metric of METRICS_OF_STORES) {
    const writer = new TextWriter("text");
    writer.family(metric, (emit) => metric.collect(view, emit));
    counts[metric.per] += writer.written;
  }
  return counts;
}

const DATE = new Date(0);

const ONE_OF_EACH: InstallationReport = {
  id: "openclaw",
  kind: "openclaw",
  stateDir: "",
  configPath: null,
  cli: "openclaw",
  problems: [],
  stores: [
    {
      owner: "main",
      format: "sqlite",
      path: "",
      isUp: true,
      isStale: false,
      hasInsecureMode: false,
      schemaVersion: null,
      modifiedAt: DATE,
      readAt: DATE,
      problems: [],
    },
  ],
  agents: [
    {
      id: "main",
      isListed: true,
      canAnswer: true,
      verdict: "ok",
      reason: "ok",
      message: "",
      action: null,
      checkCode: 0,
      storeOwners: ["main"],
      providers: [
        {
          provider: "anthropic",
          isInUse: true,
          role: "primary",
          status: "ok",
          expiresAt: null,
          usable: 1,
          total: 1,
          order: [],
          otherCredentials: [],
        },
      ],
      profiles: [],
    },
  ],
  profiles: [
    {
      owner: "main",
      profileId: "anthropic:default",
      provider: "anthropic",
      type: "oauth",
      email: null,
      status: "ok",
      reasonCode: null,
      expiresAt: DATE,
      isRefreshable: true,
      verdict: "ok",
      verdictReason: "ok",
      unusable: { kind: "cooldown", reason: "rate_limit", until: DATE, model: null },
      lastUsedAt: DATE,
      lastFailureAt: DATE,
      errorCount: 0,
      usedBy: [],
      action: null,
    },
  ],
};
