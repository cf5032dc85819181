import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { FAMILY_OF_REASON } from "../../src/alerts/profile-family.ts";
import { REASON_NAMES } from "../../src/alerts/reasons.ts";
import { runbookOf } from "../../src/alerts/runbook.ts";
import { FAMILIES } from "../../src/alerts/condition.ts";
import { isBlinding, problem, PROBLEM_REASONS, REMOTE_REASONS } from "../../src/problem.ts";
import { PROFILE_VERDICT_REASONS, VERDICTS } from "../../src/snapshot.ts";
import { ALERT_NAMES, ALERT_RULES, PROMETHEUS, RECORDING_RULES, ROOT, RULE_TESTS } from "./rules.ts";

const RUNBOOKS = "https://unpkg.com/agent-auth-exporter/docs/runbooks";
const unitTests = RULE_TESTS.map((name) => readFileSync(join(PROMETHEUS, name), "utf8")).join("");
const pages = new Map(
  globSync("docs/runbooks/*.md", { cwd: ROOT }).map((path) => [
    basename(path, ".md"),
    readFileSync(join(ROOT, path), "utf8"),
  ]),
);

describe.each(ALERT_RULES)("$alert", ({ alert, labels, annotations }) => {
  test("has a severity, which is one of our verdicts", () => {
    expect(["{{ $labels.verdict }}", ...VERDICTS.filter((verdict) => verdict !== "ok")]).toContain(labels["severity"]);
  });

  test("says what, what to do, and where to read on", () => {
    expect(Object.keys(annotations)).toEqual(["summary", "description", "runbook_url"]);
    expect(annotations["runbook_url"]).toBe(`${RUNBOOKS}/${alert}.md`);
    expect(annotations["description"]).not.toBe("");
  });

  test("fires in a unit test", () => {
    expect(unitTests).toContain(`alertname="${alert}",severity="`);
  });
});

// Prometheus takes an alias for the name of a metric, and promtool finds nothing wrong with it.
test("every expression is spelled out", () => {
  expect(readFileSync(join(PROMETHEUS, "agent-auth.rules.yml"), "utf8")).not.toMatch(/expr: [*&]/);
});

describe("nothing that needs somebody is left out", () => {
  const exprs = [...RECORDING_RULES, ...ALERT_RULES].map(({ expr }) => expr).join("\n");

  test.each(PROFILE_VERDICT_REASONS.filter((reason) => FAMILY_OF_REASON[reason] !== null))("profile: %s", (reason) => {
    expect(exprs).toMatch(new RegExp(`profile_verdict:held\\{reason=~?"(?:[a-z_|]*\\|)?${reason}(?:\\|[a-z_|]*)?"`));
  });

  test("stores: the rules leave out what is harmless, and no other reason", () => {
    const harmless = PROBLEM_REASONS.filter((reason) => !isBlinding(problem(reason, "", "")));
    const left = [...exprs.matchAll(/_problems\{reason!~"([^"]*)"\}/g)].map(([, reasons]) => reasons);
    expect(left).toEqual([harmless, harmless, harmless].map((reasons) => reasons.join("|")));
  });
});

describe("runbooks", () => {
  test("there is one for every alert, and none besides", () => {
    expect([...pages.keys()].sort()).toEqual([...ALERT_NAMES].sort());
  });

  test.each([...pages])("%s answers every question", (name, text) => {
    const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual([name, "What it means", "Confirm", "Mend", "Silence", "False alarms"]);
    expect(text).toMatch(/## Confirm\n\n```sh\n(?:agent-auth|amtool|curl) .*\n```\n/);
    const mend = text.slice(text.indexOf("## Mend"), text.indexOf("## Silence"));
    for (const generation of ["OpenClaw", "Clawdbot", "Moltbot"]) expect(mend).toContain(generation);
    expect(text).toMatch(new RegExp(`amtool silence add .*alertname=${name}\\b`));
  });

  test.each([...pages])("%s links pages that there are", (_name, text) => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)/g)].map(([, path = ""]) => path);
    expect(links.filter((path) => globSync(path, { cwd: join(ROOT, "docs/runbooks") }).length === 0)).toEqual([]);
  });

  test.each([
    ...FAMILIES.map((family) => ({ family, reason: "unknown" })),
    ...PROFILE_VERDICT_REASONS.map((reason) => ({ family: FAMILY_OF_REASON[reason] ?? "expiry", reason })),
    ...PROBLEM_REASONS.map((reason) => ({ family: "store" as const, reason })),
  ])("our own messages link a page that there is: $family $reason", (condition) => {
    expect(pages.has(runbookOf(condition))).toBe(true);
  });

  // Nobody is told of one that had no time to answer yet.
  const told = REMOTE_REASONS.filter((reason) => REASON_NAMES.includes(reason));
  test.each(told)("another host has a page of its own: %s", (reason) => {
    expect(runbookOf({ family: "remote", reason })).toBe("AgentAuthRemoteUnreachable");
  });

  test.each([
    ["AgentAuthExpired", "expired"],
    ["AgentAuthExpiring", "expiring"],
    ["AgentAuthCredentialInvalid", "malformed_api_key"],
    ["AgentAuthRefreshFailing", "refresh_stuck"],
    ["AgentAuthUnusable", "blocked"],
    ["AgentAuthRefreshTokenShared", "shared_refresh_token"],
  ] as const)("%s is the page of %s", (name, reason) => {
    const family = FAMILY_OF_REASON[reason];
    expect(family && runbookOf({ family, reason })).toBe(name);
  });
});

test("the README lists every alert with its severity and how long it waits", () => {
  const readme = readFileSync(join(PROMETHEUS, "README.md"), "utf8");
  const rows = [...readme.matchAll(/^\| \[(\w+)\]\(\S*\) +\| (.*?) +\| (.*?) +\|$/gm)].map((row) => row.slice(1));
  expect(rows).toEqual(
    ALERT_RULES.map((rule) => [
      rule.alert,
      rule.labels["severity"]?.startsWith("{{") ? "the verdict" : rule.labels["severity"],
      rule.for ?? "at once",
    ]),
  );
});
