import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Writer } from "./processes.ts";
import { idsOf, makeReader, makeSandbox, NOW, readAgent, reasonsOf } from "./sandbox.ts";

test("(h) a file rewritten in place: each of 1,000 readings is the old store, the new one, or the last good one", async () => {
  const agentDir = makeSandbox();
  const path = join(agentDir, "auth-profiles.json");
  const reader = makeReader();
  const writer = await Writer.start("rewrite-in-place", [path]);
  const seen = { short: 0, long: 0, problem: 0 };
  let hasRead = false;
  for (let look = 0; look < 1_000; look++) {
    const store = readAgent({ agentDir, reader });
    reader.forgetUnasked();
    const ids = idsOf(store);
    const generations = new Set(ids.map((id) => id.replace(/^anthropic:|-\d+$/g, "")));
    expect(generations.size).toBeLessThanOrEqual(1);
    expect([0, 3, 400]).toContain(ids.length);
    expect(ids.length > 0 || !hasRead).toBe(true);
    hasRead ||= ids.length > 0;
    if (store?.isUp) {
      seen[ids.length === 3 ? "short" : "long"]++;
      continue;
    }
    seen.problem++;
    expect(["bad_json", "empty_file"]).toContain(reasonsOf(store)[0]);
    expect(store?.isStale).toBe(hasRead);
  }
  await writer.stop();
  expect(seen.short).toBeGreaterThan(0);
  expect(seen.long).toBeGreaterThan(0);
  expect(readdirSync(agentDir)).toEqual(["auth-profiles.json"]);
  const final = readAgent({ agentDir, reader, now: NOW });
  expect(idsOf(final)).toEqual(Object.keys(JSON.parse(readFileSync(path, "utf8")).profiles));
}, 120_000);
