import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createExposition } from "../../src/metrics/expose.ts";
import type { ExpositionPublisher, FinishedCheck } from "../../src/metrics/expose.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import { parseExposition } from "./parse-exposition.ts";
import { NOW, installation, minutesFromNow, profile, richSnapshot, snapshot } from "./sample-snapshot.ts";

const BUILD = { version: "0.1.0", revision: "abc", nodeVersion: "v24.0.0" };
const OPTIONS = {
  emails: "masked",
  maxSeries: 10_000,
  hasRuntime: false,
  isDemo: false,
  build: BUILD,
  now: NOW,
} as const;

function finished(shown: Snapshot | null, given: Partial<FinishedCheck> = {}): FinishedCheck {
  return {
    snapshot: shown,
    outcome: "ok",
    durationSeconds: 0.2,
    finishedAt: NOW,
    nextCheckAt: minutesFromNow(5),
    ...given,
  };
}

async function textOf(publisher: ExpositionPublisher): Promise<string> {
  return (await publisher.current.bytes("text", "identity")).toString();
}

async function valuesOf(publisher: ExpositionPublisher, name: string): Promise<readonly unknown[]> {
  const series = parseExposition(await textOf(publisher));
  return series.filter((found) => found.name === `agent_auth_${name}`).map(({ labels, value }) => [labels, value]);
}

describe("createExposition", () => {
  it("tells of the exporter alone before the first check", async () => {
    const publisher = await createExposition(OPTIONS);
    expect(await textOf(publisher)).not.toContain("agent_auth_profile");
    expect(await valuesOf(publisher, "checks_total")).toEqual([
      [{ outcome: "ok" }, 0],
      [{ outcome: "problems" }, 0],
      [{ outcome: "failed" }, 0],
    ]);
    expect(await valuesOf(publisher, "last_check_timestamp_seconds")).toEqual([]);
  });

  it("counts checks and keeps what a failed one could not renew", async () => {
    const publisher = await createExposition(OPTIONS);
    await publisher.finishCheck(finished(snapshot()));
    await publisher.finishCheck(finished(null, { outcome: "failed", finishedAt: minutesFromNow(5) }));
    expect(await valuesOf(publisher, "checks_total")).toContainEqual([{ outcome: "failed" }, 1]);
    expect(await valuesOf(publisher, "last_check_timestamp_seconds")).toEqual([
      [{}, minutesFromNow(5).getTime() / 1_000],
    ]);
    expect(await valuesOf(publisher, "last_successful_check_timestamp_seconds")).toEqual([[{}, NOW.getTime() / 1_000]]);
    expect(await valuesOf(publisher, "store_last_success_timestamp_seconds")).toEqual([
      [{ installation: "openclaw", agent: "main" }, NOW.getTime() / 1_000],
    ]);
    expect(await valuesOf(publisher, "check_duration_seconds_count")).toEqual([[{}, 2]]);
  });

  it("forgets a profile that is gone", async () => {
    const publisher = await createExposition(OPTIONS);
    await publisher.finishCheck(finished(snapshot()));
    await publisher.finishCheck(finished(snapshot({ installations: [installation({ profiles: [] })] })));
    expect(await textOf(publisher)).not.toContain("agent_auth_profile");
  });

  it("adds up the series left out, once per check", async () => {
    const publisher = await createExposition({ ...OPTIONS, maxSeries: 0 });
    const shown = snapshot();
    await publisher.finishCheck(finished(shown));
    const [[, once]] = (await valuesOf(publisher, "series_dropped_total")) as [[unknown, number]];
    await publisher.finishCheck(finished({ ...shown }));
    expect(once).toBeGreaterThan(15);
    expect(await valuesOf(publisher, "series_dropped_total")).toEqual([[{}, 2 * once]]);
  });

  it("shows missed checks with the check that follows, the next one planned, and the demo", async () => {
    const publisher = await createExposition({ ...OPTIONS, isDemo: true });
    publisher.countMissed();
    await publisher.finishCheck(finished(snapshot()));
    expect(await valuesOf(publisher, "checks_missed_total")).toEqual([[{}, 1]]);
    expect(await valuesOf(publisher, "next_check_timestamp_seconds")).toEqual([
      [{}, minutesFromNow(5).getTime() / 1_000],
    ]);
    expect(await valuesOf(publisher, "demo")).toEqual([[{}, 1]]);
    expect(await valuesOf(publisher, "warn_window_seconds")).toEqual([[{}, 86_400]]);
  });

  it("applies a reloaded config at once, and tells of one that did not load", async () => {
    const publisher = await createExposition(OPTIONS);
    await publisher.finishCheck(
      finished(
        snapshot({ installations: [installation({ profiles: [profile({ profileId: "peter@example.com" })] })] }),
      ),
    );
    await publisher.reloadConfig(null, minutesFromNow(1));
    expect(await valuesOf(publisher, "config_last_reload_successful")).toEqual([[{}, 0]]);
    expect(await valuesOf(publisher, "config_last_reload_success_timestamp_seconds")).toEqual([
      [{}, NOW.getTime() / 1_000],
    ]);
    await publisher.reloadConfig({ emails: "plain", maxSeries: 10_000 }, minutesFromNow(2));
    expect(await valuesOf(publisher, "config_last_reload_successful")).toEqual([[{}, 1]]);
    expect(await textOf(publisher)).toContain('profile="peter@example.com"');
  });

  it("gives every scrape between two checks the same bytes", async () => {
    const publisher = await createExposition({ ...OPTIONS, hasRuntime: true });
    await publisher.finishCheck(finished(richSnapshot()));
    const { current } = publisher;
    const scrapes = await Promise.all(Array.from({ length: 16 }, () => current.bytes("text", "gzip")));
    expect(new Set(scrapes).size).toBe(1);
    const before = await current.bytes("openmetrics", "identity");
    await publisher.finishCheck(finished(richSnapshot(), { durationSeconds: 3 }));
    expect(await current.bytes("openmetrics", "identity")).toBe(before);
    expect((await current.bytes("text", "identity")).toString()).toContain(
      "agent_auth_check_duration_seconds_count 1\n",
    );
  });

  it.each(["text", "openmetrics"] as const)(
    "gzip holds the same %s, before and after checks that changed nothing",
    async (format) => {
      const publisher = await createExposition({ ...OPTIONS, hasRuntime: true });
      const shown = richSnapshot();
      for (const check of [null, finished(shown), finished({ ...shown, generatedAt: minutesFromNow(5) })]) {
        if (check !== null) await publisher.finishCheck(check);
        const [plain, packed] = await Promise.all([
          publisher.current.bytes(format, "identity"),
          publisher.current.bytes(format, "gzip"),
        ]);
        expect(gunzipSync(packed).equals(plain)).toBe(true);
      }
    },
  );

  it("names counters as each format wants, ends OpenMetrics once, and declares no family twice", async () => {
    const publisher = await createExposition({ ...OPTIONS, hasRuntime: true });
    await publisher.finishCheck(finished(richSnapshot()));
    const text = await textOf(publisher);
    const open = (await publisher.current.bytes("openmetrics", "identity")).toString();
    expect(text).toContain("# TYPE agent_auth_checks_total counter\n");
    expect(text).toContain("# TYPE process_cpu_seconds_total counter\n");
    expect(text).not.toContain("# EOF");
    expect(open).toContain("# TYPE agent_auth_checks counter\n");
    expect(open).toContain("# TYPE process_cpu_seconds counter\n");
    expect(open).toContain('agent_auth_checks_total{outcome="ok"} 1\n');
    expect(open.indexOf("# EOF\n")).toBe(open.length - "# EOF\n".length);
    for (const exposition of [text, open]) {
      const families = [...exposition.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
      expect(new Set(families).size).toBe(families.length);
    }
  });
});
