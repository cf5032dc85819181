/**
 * Breaks everything between an alert and the person it is for, and counts what arrives: a relay that is down, busy or
 * drops connections, a process that is killed at every boundary and at random moments, a full disk. Loopback only, a
 * few minutes. Exits 1 when anything is lost.
 */
import process from "node:process";
import { addCounts, type Count } from "./chaos/count.ts";
import { runFullDisk } from "./chaos/disk-scenario.ts";
import { runKillsAtBoundaries, runKillsBeforeAnswer, runRandomKills } from "./chaos/kill-scenarios.ts";
import { runSideBySide } from "./chaos/share-scenario.ts";
import { runBusyRelay, runDroppedConnections, runRelayDown } from "./chaos/relay-scenarios.ts";

const SCENARIOS: readonly (() => Promise<Count>)[] = [
  () => runRelayDown(1),
  () => runRelayDown(10),
  () => runRelayDown(120),
  () => runBusyRelay(60),
  () => runDroppedConnections(60),
  () => runKillsAtBoundaries(2, "each"),
  () => runKillsBeforeAnswer(2, 5),
  () => runRandomKills(3, 200, Math.random),
  () => runSideBySide(4, 20),
  () => runFullDisk("restart"),
  () => runFullDisk("no reserve"),
];

console.log("| scenario | raised | delivered | overtaken | duplicated | lost |\n|---|--:|--:|--:|--:|--:|");
const counts: Count[] = [];
for (const run of SCENARIOS) {
  const count = await run();
  counts.push(count);
  printRow(count);
}
const total = addCounts("all", counts);
printRow(total);
process.exitCode = total.lost > 0 ? 1 : 0;

function printRow({ scenario, raised, delivered, overtaken, duplicated, lost }: Count): void {
  console.log(`| ${[scenario, raised, delivered, overtaken, duplicated, lost].join(" | ")} |`);
}
