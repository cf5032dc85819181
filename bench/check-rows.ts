import { join } from "node:path";
import process from "node:process";
import { type Command, floorScript, measurePeak, measureWall, PROGRAM } from "./child.ts";
import { type Layout, writeHome } from "./fixtures.ts";
import { formatMib, formatMs, interleave, type Row } from "./measure.ts";

/** One agent: against a Node that does nothing, and against OpenClaw's own check where OPENCLAW_BIN names it. */
export async function benchSmallCheck(directory: string): Promise<readonly Row[]> {
  const home = writeHome(join(directory, "small"), 1, "json").path;
  const nothing = { args: ["-e", "0"], home };
  const ours = { args: [PROGRAM, "check"], home };
  const wall = await interleave(41, { floor: () => measureWall(nothing), ours: () => measureWall(ours) });
  const peak = await interleave(15, { floor: () => measurePeak(nothing), ours: () => measurePeak(ours) });
  const work = "`check`, 1 agent, 5 profiles, JSON";
  return [
    {
      work: `${work}: wall`,
      floor: `\`node -e 0\` ${formatMs(wall.floor)}`,
      ours: formatMs(wall.ours),
      ratio: wall.ours / wall.floor,
      goal: { kind: "at-most", ratio: 2 },
    },
    {
      work: `${work}: peak RSS`,
      floor: `\`node -e 0\` ${formatMib(peak.floor)}`,
      ours: formatMib(peak.ours),
      ratio: peak.ours / peak.floor,
      goal: { kind: "at-most", ratio: 1.5 },
    },
    ...(await benchUpstream(directory, ours)),
  ];
}

async function benchUpstream(directory: string, ours: Command): Promise<readonly Row[]> {
  const program = process.env["OPENCLAW_BIN"];
  if (program === undefined) return [];
  // A home of its own, because it writes there. Its opinion of the store does not matter, only how long it takes.
  const home = writeHome(join(directory, "upstream"), 1, "json").path;
  const theirs = { args: [program, "models", "status", "--check"], home, codes: [0, 1, 2] };
  const wall = await interleave(7, { theirs: () => measureWall(theirs), ours: () => measureWall(ours) });
  return [
    {
      work: "`check`, 1 agent: times faster than `openclaw models status --check`",
      floor: formatMs(wall.theirs),
      ours: formatMs(wall.ours),
      ratio: wall.theirs / wall.ours,
      goal: { kind: "at-least", ratio: 25 },
    },
  ];
}

/** A thousand agents, each process starting from nothing. */
export async function benchLargeCheck(directory: string, layout: Layout): Promise<readonly Row[]> {
  const home = writeHome(join(directory, `large-${layout}`), 1_000, layout).path;
  const floor = { args: [floorScript(`read-${layout}.mjs`), home], home };
  const ours = { args: [PROGRAM, "check", "--quiet"], home };
  const wall = await interleave(15, { floor: () => measureWall(floor), ours: () => measureWall(ours) });
  return [
    {
      work: `\`check\`, 1,000 agents × 5 profiles, cold, ${layout === "json" ? "JSON" : "SQLite"}`,
      floor: `read every store ${formatMs(wall.floor)}`,
      ours: formatMs(wall.ours),
      ratio: wall.ours / wall.floor,
      goal: { kind: "at-most", ratio: 1.5 },
    },
  ];
}
