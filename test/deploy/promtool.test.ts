import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { requireProgram } from "../real-program.ts";
import { EXAMPLES, PROMETHEUS, RULE_TESTS } from "./rules.ts";

const promtool = requireProgram("promtool");
const amtool = requireProgram("amtool");
const directory = mkdtempSync(join(tmpdir(), "agent-auth-promtool-"));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function run(program: string, args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(program, args, { cwd: PROMETHEUS, encoding: "utf8" });
  return `${status} ${stdout}${stderr}`;
}

describe.runIf(promtool !== null)("promtool", () => {
  test("check rules finds nothing", () => {
    const answer = run(promtool!, ["check", "rules", "--lint=all", "--lint-fatal", "agent-auth.rules.yml"]);
    expect(answer).toMatch(/^0 .*SUCCESS/s);
  });

  test("check config finds nothing", () => {
    expect(run(promtool!, ["check", "config", "--lint=all", "--lint-fatal", "prometheus.yml"])).toMatch(
      /^0 .*SUCCESS/s,
    );
  });

  test("understands the examples of the documentation", () => {
    const rules = EXAMPLES.map(([, expr], place) => ({ record: `example:${place}`, expr }));
    const path = join(directory, "examples.yml");
    writeFileSync(path, JSON.stringify({ groups: [{ name: "examples", rules }] }));
    expect(run(promtool!, ["check", "rules", path])).toMatch(new RegExp(`^0 .*SUCCESS: ${EXAMPLES.length} rules`, "s"));
  });

  test.each(RULE_TESTS)("runs the unit tests of %s", { timeout: 240_000 }, (file) => {
    expect(run(promtool!, ["test", "rules", file])).toMatch(/^0 .*SUCCESS/s);
  });
});

describe.runIf(amtool !== null)("amtool", () => {
  test("check-config finds nothing", () => {
    expect(run(amtool!, ["check-config", "alertmanager.yml"])).toMatch(/^0 .*SUCCESS/s);
  });

  test.each([
    ["pager", ["alertname=AgentAuthExpired", "severity=critical"]],
    ["tickets", ["alertname=AgentAuthExpiring", "severity=warning"]],
    ["watchdog", ["alertname=AgentAuthWatchdog", "severity=info"]],
  ])("routes to %s: %s", (receiver, labels) => {
    const args = ["config", "routes", "test", "--config.file=alertmanager.yml", `--verify.receivers=${receiver}`];
    expect(run(amtool!, [...args, ...labels])).toMatch(new RegExp(`^0 ${receiver}\\n`));
  });
});
