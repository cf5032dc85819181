import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireProgram } from "../real-program.ts";
import { waitFor } from "../wait.ts";
import { NAMES, type PanelQuery, panelsOf, queriesOf, readDashboard } from "./dashboards.ts";
import { type Choice, interpolate } from "./interpolate.ts";
import { DEMO, HEALTHY, type Series, type Stack, startStack, TOLD } from "./stack.ts";

const prometheus = requireProgram("prometheus");
const panels = NAMES.flatMap(panelsOf);
const queries = panels.flatMap(queriesOf);
const TABLES = panels.filter(({ panel }) => panel.type === "table");

/** The demo tells nobody anything, for it would be a false alarm, and it watches no other host. */
const NEEDS_CONFIG = queries.filter(({ target }) =>
  /agent_auth_(?:alert|notification|outbox|silences|heartbeat|remote)/.test(target.expr),
);

/** Tables of what is wrong: where nothing is, they have no row and say so. */
const EMPTY_WHEN_HEALTHY = [
  "What to fix first",
  "Why agents cannot answer",
  "Left aside by OpenClaw",
  "Credentials that needed somebody",
  "Usable credentials where that changed",
  "Failovers",
  "Stores with problems",
  "Problems elsewhere",
  "Stores that others may read",
];

describe.runIf(prometheus !== null)("with a real Prometheus", () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack(prometheus!);
    stack.change();
  });

  afterAll(async () => stack.stop());

  async function run({ panel, target }: PanelQuery, choice: Choice): Promise<readonly Series[]> {
    const expr = interpolate(target.expr, panel.interval, choice);
    const series = target.instant ? await stack.query(expr) : await stack.queryRange(expr);
    return series.filter(({ value, values = [] }) => [value, ...values].some((one) => one && one[1] !== "NaN"));
  }

  async function runUntilData(query: PanelQuery, choice: Choice): Promise<readonly Series[]> {
    return waitFor(query.target.expr, async () => {
      const rows = await run(query, choice);
      return rows.length > 0 ? rows : null;
    });
  }

  async function tableRows(title: string, choice: Choice): Promise<readonly Readonly<Record<string, string>>[]> {
    const query = queries.find(({ panel }) => panel.title === title)!;
    const found = await runUntilData(query, choice);
    return found.map(({ metric, value }) => ({ ...metric, value: value![1] }));
  }

  it.each(queries.filter((query) => !NEEDS_CONFIG.includes(query)))("$name returns data of the demo", async (query) => {
    expect(await runUntilData(query, { job: [DEMO] })).not.toEqual([]);
  });

  it.each(NEEDS_CONFIG)("$name returns data where the config asks for it, and none of the demo", async (query) => {
    expect(await runUntilData(query, { job: [TOLD] })).not.toEqual([]);
    expect(await run(query, { job: [DEMO] })).toEqual([]);
  });

  it.each(queries)("$name takes any choice", async (query) => {
    const choices: readonly Choice[] = [
      {},
      { job: [DEMO, TOLD], instance: ["127.0.0.1:10884"], installation: ["openclaw", "openclaw-dev"] },
      { installation: ["openclaw"], agent: ["ops"], provider: ["anthropic", "openai"] },
      { agent: ["none.*+?(such)|[x]"] },
    ];
    for (const choice of choices) expect(await run(query, choice)).toBeInstanceOf(Array);
  });

  it.each(queries.filter(({ panel }) => EMPTY_WHEN_HEALTHY.includes(panel.title)))(
    "$name has nothing to say about a host where nothing is wrong",
    async (query) => {
      expect(await run(query, { job: [HEALTHY] })).toEqual([]);
    },
  );

  it.each(NAMES)("each list on top of %s has something to choose", async (name) => {
    const lists = readDashboard(name).templating.list.filter(({ type }) => type === "query");
    for (const { query } of lists) {
      const [, selector = "", label = ""] =
        /^label_values\((.+), (\w+)\)$/.exec((query as { query: string }).query) ?? [];
      expect(await stack.labelValues(label, interpolate(selector, undefined))).not.toEqual([]);
    }
    expect(lists.map(({ name: list }) => list)).toEqual(
      name.endsWith("exporter") ? ["job", "instance"] : ["job", "instance", "installation", "agent", "provider"],
    );
  });

  it("offers the logins of other command lines as installations", async () => {
    const [list] = readDashboard(NAMES[0]).templating.list.filter(({ name }) => name === "installation");
    const [, selector = ""] = /^label_values\((.+), installation\)$/.exec((list!.query as { query: string }).query)!;
    expect(await stack.labelValues("installation", interpolate(selector, undefined))).toEqual(
      expect.arrayContaining(["clawdbot", "codex", "openclaw"]),
    );
  });

  it("counts exporters that are down, and nothing else that Prometheus scrapes", async () => {
    const [stat] = queries.filter(({ panel }) => panel.title === "Exporters down");
    for (const [choice, down] of [
      [{}, "1"],
      [{ job: [DEMO] }, "1"],
      [{ job: [HEALTHY] }, "0"],
    ] as const) {
      expect((await runUntilData(stat!, choice)).map(({ value }) => value![1])).toEqual([down]);
    }
  });

  it.each(queries)("$name shows nothing of what is no exporter", async (query) => {
    await waitFor("a scrape of Prometheus", async () => (await stack.query('up{job="strangers"} == 1'))[0]);
    expect(await run(query, { job: ["strangers"] })).toEqual([]);
  });

  it("lists what has to be fixed on every host, with a runbook", async () => {
    const rows = await tableRows("What to fix first", {});
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter(({ runbook = "" }) => runbook === "")).toEqual([]);
    const agents = rows.filter(
      ({ profile, agent, host }) => agent === "writer" && host === "one" && profile === "the agent itself",
    );
    expect(agents).toHaveLength(1);
    for (const host of ["one", "two"]) {
      expect(rows.filter((row) => row["host"] === host)).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ agent: "writer", value: "3", runbook: "AgentAuthAgentCannotAnswer" }),
          expect.objectContaining({ agent: "ops", profile: "the agent itself", runbook: "AgentAuthAgentOnFallback" }),
          expect.objectContaining({ agent: "ops", profile: "anthropic:ops", reason: "expired", value: "2" }),
          expect.objectContaining({
            agent: "cut",
            reason: "bad_json",
            value: "1",
            runbook: "AgentAuthStoreUnreadable",
          }),
        ]),
      );
    }
  });

  it("leaves out what asks nothing of anybody", async () => {
    const rows = await tableRows("What to fix first", {});
    const quiet = ["ok", "refreshable", "not_set_up", "last_credential"];
    expect(rows.filter(({ reason }) => quiet.includes(reason!))).toEqual([]);
  });

  it("tells an agent that cannot answer from one of which that is not known", async () => {
    const rows = await tableRows("Why agents cannot answer", { job: [DEMO] });
    expect([...new Set(rows.map(({ agent, value, runbook }) => `${agent} ${value} ${runbook}`))].toSorted()).toEqual([
      "cut -1 AgentAuthStoreUnreadable",
      "writer 0 AgentAuthAgentCannotAnswer",
    ]);
  });

  it("counts down to ends that need a person, and to no others", async () => {
    const rows = await tableRows("Next ends", { job: [DEMO] });
    const profiles = rows.map(({ profile }) => profile);
    expect(profiles).toContain("anthropic:ops");
    expect(profiles).not.toContain("codex:default");
  });

  it.each(TABLES)("$name has a column for each of its labels, and no column without", async ({ panel }) => {
    const labels = new Set<string>();
    for (const query of queries.filter((one) => one.panel === panel)) {
      for (const { metric } of await runUntilData(query, { job: [DEMO, TOLD] })) {
        for (const label of Object.keys(metric)) labels.add(label);
      }
    }
    const { indexByName, excludeByName } = panel.transformations!.find(({ id }) => id === "organize")!.options;
    const shown = Object.keys(indexByName!).filter((field) => !field.startsWith("Value"));
    // Prometheus adds `host`: whatever else tells hosts apart comes after our own columns.
    const known = [...shown, ...Object.keys(excludeByName!), "host"];
    expect([...labels].filter((label) => !known.includes(label))).toEqual([]);
    expect(shown.filter((label) => !labels.has(label))).toEqual([]);
  });
});
