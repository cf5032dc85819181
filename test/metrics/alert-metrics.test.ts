import { expect, it } from "vitest";
import { ALERT_METRICS } from "../../src/metrics/alert-metrics.ts";
import { createExposition, type ExpositionOptions } from "../../src/metrics/expose.ts";
import { parseExposition, type Series } from "./parse-exposition.ts";
import { NOW, richFigures } from "./sample-snapshot.ts";

const OPTIONS: ExpositionOptions = {
  emails: "masked",
  maxSeries: 10_000,
  hasRuntime: false,
  isDemo: false,
  build: { version: "0.1.0", revision: "abc", nodeVersion: "v24.0.0" },
  now: NOW,
};

const NAMES = new Set(ALERT_METRICS.map(({ name }) => name));

async function render(given: Partial<ExpositionOptions>): Promise<readonly Series[]> {
  const publisher = await createExposition({ ...OPTIONS, ...given });
  await publisher.refresh();
  const text = String(await publisher.current.bytes("text", "identity"));
  return parseExposition(text).filter(({ name }) => NAMES.has(name));
}

it("says everything of every channel, zeros included", async () => {
  const series = await render({ alerts: () => richFigures(NOW), heartbeatFailures: () => 7 });
  const lines = series.map(({ name, labels, value }) =>
    [name.replace("agent_auth_", ""), ...Object.values(labels), value].join(" "),
  );
  expect(lines).toEqual([
    "alerts info 0",
    "alerts warning 1",
    "alerts critical 2",
    ...["ops", "mail"].flatMap((channel) => [
      `notifications_total ${channel} delivered 3`,
      `notifications_total ${channel} partial 1`,
      `notifications_total ${channel} retried 2`,
      `notifications_total ${channel} refused 1`,
      `notifications_total ${channel} dead 1`,
    ]),
    ...["ops", "mail"].flatMap((channel) => [
      `notifications_suppressed_total ${channel} unchanged 4`,
      `notifications_suppressed_total ${channel} silenced 1`,
    ]),
    "notifications_pending ops 1",
    "notifications_pending mail 0",
    "notifications_dead ops 2",
    "notifications_dead mail 0",
    `outbox_oldest_pending_timestamp_seconds ops ${NOW.getTime() / 1_000 - 300}`,
    "silences 1",
    "alert_store_up 0",
    "heartbeat_failures_total 7",
  ]);
});

it("shows how long messages took as a histogram", async () => {
  const publisher = await createExposition({ ...OPTIONS, alerts: () => richFigures(NOW) });
  await publisher.refresh();
  const text = String(await publisher.current.bytes("text", "identity"));
  const lines = text.split("\n").filter((line) => /latency_seconds.*"ops"/.test(line));
  expect(lines.map((line) => line.replace("agent_auth_notification_latency_seconds", ""))).toEqual([
    ...[
      ["0.1", 0],
      ["0.5", 1],
      ["1", 1],
      ["5", 2],
      ["15", 2],
      ["60", 2],
      ["300", 3],
      ["1800", 3],
      ["7200", 3],
    ].map(
      // oxfmt-ignore
      ([le, count]) => `_bucket{channel="ops",le="${le}"} ${count}`,
    ),
    '_bucket{channel="ops",le="86400"} 3',
    '_bucket{channel="ops",le="+Inf"} 3',
    '_sum{channel="ops"} 65.5',
    '_count{channel="ops"} 3',
  ]);
});

it("says nothing where nobody is told and nothing pings", async () => {
  expect(await render({})).toEqual([]);
  expect(await render({ alerts: () => null, heartbeatFailures: () => null })).toEqual([]);
});

it("is renewed between two checks", async () => {
  let failures = 0;
  const publisher = await createExposition({ ...OPTIONS, heartbeatFailures: () => failures });
  await publisher.refresh();
  failures = 3;
  await publisher.refresh();
  expect(String(await publisher.current.bytes("text", "identity"))).toContain("agent_auth_heartbeat_failures_total 3");
});
