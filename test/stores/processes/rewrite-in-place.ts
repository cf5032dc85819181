import { writeFileSync } from "node:fs";

/**
 * Rewrites a JSON store in place, as upstream did before 2026.4.29, by turns short and long, until it is told to stop.
 */
const [path = ""] = process.argv.slice(2);

function storeOf(generation: string, size: number): string {
  const profiles = Object.fromEntries(
    Array.from({ length: size }, (_, i) => [
      `anthropic:${generation}-${i}`,
      { type: "token", provider: "anthropic", token: "CANARY" },
    ]),
  );
  return JSON.stringify({ version: 1, profiles }, null, 2);
}

const generations = [storeOf("short", 3), storeOf("long", 400)];
let turn = 0;

let timer: NodeJS.Timeout;

function rewrite(): void {
  writeFileSync(path, generations[turn++ % 2] ?? "");
  timer = setTimeout(rewrite, 1);
}

rewrite();

process.on("message", () => {
  clearTimeout(timer);
  process.disconnect();
});
process.send?.("ready");
