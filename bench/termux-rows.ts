import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, connect, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { type Command, measureCpu, measurePeak, PROGRAM, runCommand, startServer } from "./child.ts";
import { writeHome } from "./fixtures.ts";
import { formatMib, formatMs, interleave, type Row } from "./measure.ts";

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

const MOST_SENT = 2_048;

/** What goes over the wire, both ways, when a phone asks a server that found nothing new. */
export async function benchRemoteBytes(directory: string): Promise<readonly Row[]> {
  const server = await startServer({
    args: [PROGRAM, "serve", "--web.listen-address", "127.0.0.1:0"],
    home: writeHome(join(directory, "server"), 3, "json").path,
  });
  const wire = await countBytes(Number(new URL(server.url).port));
  try {
    const phone = writeHome(join(directory, "asking"), 0, "json").path;
    const ours: Command = { args: [PROGRAM, "check", "--quiet", "--remote", wire.url], home: phone };
    await waitForCheck(server.url);
    await runCommand(ours, {});
    const first = wire.take();
    await runCommand(ours, {});
    return [
      {
        ...limitRow("remote check, nothing new: bytes on the wire", wire.take(), MOST_SENT),
        floor: `first ${first} B, goal ${MOST_SENT} B`,
      },
    ];
  } finally {
    wire.close();
    await server.stop();
  }
}

function limitRow(work: string, bytes: number, most: number): Row {
  return {
    work,
    floor: `goal ${formatBytes(most)}`,
    ours: formatBytes(bytes),
    ratio: bytes / most,
    goal: { kind: "at-most", ratio: 1 },
  };
}

function formatBytes(bytes: number): string {
  return bytes < 100_000 ? `${bytes} B` : `${(bytes / 1e6).toFixed(1)} MB`;
}

async function waitForCheck(url: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await fetch(`${url}/readyz`)).ok)
    if (Date.now() > deadline) throw new Error("the server does not get ready");
}

/** A TCP proxy that counts what passes. */
async function countBytes(port: number) {
  let bytes = 0;
  const proxy = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on("data", (chunk) => (bytes += chunk.length)).pipe(to);
      from.on("error", () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    take: () => {
      const taken = bytes;
      bytes = 0;
      return taken;
    },
    close: () => proxy.close(),
  };
}
