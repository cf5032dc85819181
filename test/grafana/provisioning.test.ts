import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { parse } from "yaml";
import { ROOT } from "./dashboards.ts";

const directory = mkdtempSync(join(tmpdir(), "agent-auth-provisioning-"));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

it("the README's commands put each file where Grafana looks for it", () => {
  const readme = readFileSync(join(ROOT, "grafana/README.md"), "utf8");
  const [, commands = ""] = /```sh\n(.*?)```/s.exec(readme) ?? [];
  const install = commands
    .replaceAll(/^sudo systemctl .*$/gm, "")
    .replaceAll("sudo ", "")
    .replaceAll(/ (\/(?:etc|var)\/)/g, ` ${directory}$1`);
  execFileSync("sh", ["-euc", install], { cwd: join(ROOT, "grafana") });

  const { providers } = readYaml("etc/grafana/provisioning/dashboards/agent-auth.yaml");
  const { path } = providers[0].options as { path: string };
  expect(globSync("*.json", { cwd: join(directory, path) }).toSorted()).toEqual([
    "agent-auth-exporter.json",
    "agent-auth-overview.json",
  ]);
  expect(providers).toMatchObject([{ type: "file", folder: "Agents" }]);
  const { datasources } = readYaml("etc/grafana/provisioning/datasources/agent-auth.yaml");
  expect(datasources).toMatchObject([{ type: "prometheus", access: "proxy", url: "http://127.0.0.1:9090" }]);
});

function readYaml(path: string) {
  const content = parse(readFileSync(join(directory, path), "utf8"));
  expect(content).toMatchObject({ apiVersion: 1 });
  return content;
}
