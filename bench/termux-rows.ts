import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { measureCpu, measurePeak, PROGRAM } from "./child.ts";
import { writeHome } from "./fixtures.ts";
import { formatMib, formatMs, interleave, limitRow, type Row } from "./measure.ts";

/** What a phone pays for a check that finds nothing new, 96 times a day. */
export async function benchPhone(directory: string): Promise<readonly Row[]> {
  const home = writeHome(join(directory, "phone"), 3, "json").path;
  const config = join(home, "config.yaml");
  writeFileSync(config, "channels:\n  - name: phone\n    type: termux\n", { mode: 0o600 });
  const nothing = { args: ["-e", "0"], home };
  const kinds = [
    ["`check`, 3 agents", ["check"]],
    ["`check --notify`, 3 agents, nothing to tell", ["check", "--notify", "--config.file", config]],
  ] as const;
  const rows: Row[] = [];
  for (const [work, args] of kinds) {
    const ours = { args: [PROGRAM, ...args], home };
    const cpu = await interleave(15, { floor: () => measureCpu(nothing), ours: () => measureCpu(ours) });
    const peak = await interleave(9, { floor: () => measurePeak(nothing), ours: () => measurePeak(ours) });
    rows.push(
      {
        work: `${work}: CPU, user and system`,
        floor: `\`node -e 0\` ${formatMs(cpu.floor)}`,
        ours: formatMs(cpu.ours),
        ratio: cpu.ours / cpu.floor,
        goal: { kind: "at-most", ratio: 2 },
      },
      {
        work: `${work}: peak RSS`,
        floor: `\`node -e 0\` ${formatMib(peak.floor)}`,
        ours: formatMib(peak.ours),
        ratio: peak.ours / peak.floor,
        goal: { kind: "at-most", ratio: 1.5 },
      },
    );
  }
  return rows;
}

const MOST_INSTALLED = 15_000_000;

/** The package as npm installs it; it brings no other. */
export async function benchInstalledSize(): Promise<readonly Row[]> {
  const root = dirname(dirname(PROGRAM));
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const { stdout, stderr } = spawnSync("npm", args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const [, bytes] = /"unpackedSize":\s*(\d+)/.exec(stdout) ?? [];
  if (bytes === undefined) throw new Error(`npm pack does not say how large the package is: ${stderr}`);
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies?: object;
  };
  if (Object.keys(dependencies).length > 0)
    throw new Error("the package brings others, whose size is not measured here");
  return [limitRow("installed, with all it needs besides Node.js", Number(bytes), MOST_INSTALLED)];
}
