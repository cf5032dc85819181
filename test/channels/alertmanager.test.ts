import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NotificationItem, Notification } from "../../src/alerts/notification.ts";
import { fingerprint } from "../../src/channels/alertmanager-alert.ts";
import { alertmanager } from "../../src/channels/alertmanager.ts";
import { createChannelTools } from "../../src/channels/tools.ts";
import { WEBHOOK_BODIES } from "../../src/channels/webhook-body.ts";
import { buildCondition } from "../alerts/sample-alerts.ts";
import { requireProgram } from "../real-program.ts";
import { waitFor } from "../wait.ts";
import { listen, type Receiver, startReceiver } from "./http-receiver.ts";
import { messageOf } from "./sample.ts";

const program = requireProgram("prometheus-alertmanager");
/** It takes an alert that began lately, and tells when. */
const STARTED = new Date(Date.now() - 120_000);
const EXTERNAL = "https://agents.example.com";

interface Shown {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly fingerprint: string;
  readonly endsAt: string;
  readonly generatorURL: string;
}

describe.runIf(program !== null)("a real Alertmanager", () => {
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-alertmanager-"));
  let child: ChildProcess;
  let url: string;
  let webhook: Receiver;

  beforeAll(async () => {
    webhook = await startReceiver();
    const config = join(directory, "alertmanager.yml");
    writeFileSync(
      config,
      `route: { receiver: ops, group_by: [agent], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: ops, webhook_configs: [{ url: "${webhook.url}/", send_resolved: true }] }]
`,
    );
    const probe = createServer();
    const port = await listen(probe);
    await new Promise((resolve) => probe.close(resolve));
    url = `http://127.0.0.1:${port}`;
    const flags = ["--cluster.listen-address=", `--storage.path=${directory}/data`, `--web.external-url=${EXTERNAL}`];
    child = spawn(
      program!,
      [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`, "--web.route-prefix=/", ...flags],
      { stdio: "ignore" },
    );
    await waitFor("Alertmanager", async () => ((await fetch(`${url}/-/ready`)).ok ? true : null));
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    await ended;
    await webhook.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function open(given: object = {}, isOneRun = false) {
    const options = alertmanager.schema.parse({ url, ...given });
    return alertmanager.create(options, { ...createChannelTools({}, EXTERNAL), isOneRun });
  }

  /** What its API shows of an agent. */
  async function shown(agent: string): Promise<readonly Shown[]> {
    const filter = encodeURIComponent(`agent="${agent}"`);
    return (await (await fetch(`${url}/api/v2/alerts?filter=${filter}`)).json()) as Shown[];
  }

  function notify(
    agent: string,
    given: Partial<NotificationItem>,
    severity: "warning" | "critical" = "critical",
  ): Notification {
    const item = {
      because: "first",
      condition: buildCondition({ agent, severity }),
      startsAt: STARTED,
      endsAt: null,
    };
    const one = { ...item, ...given } as NotificationItem;
    const status = one.endsAt === null ? "firing" : "resolved";
    return { id: `${agent}-${status}`, channel: "ops", createdAt: new Date(), status, severity, items: [one] };
  }

  const send = async (channel: Awaited<ReturnType<typeof open>>, notification: Notification) =>
    channel.send(notification, messageOf(notification), { now: new Date(), signal: new AbortController().signal });

  test("shows the alert with its labels, and no longer once it is resolved", async () => {
    const channel = await open();
    expect(await send(channel, notify("shown", {}))).toEqual({ kind: "delivered", detail: "HTTP 200 OK" });
    const [alert] = await waitFor("the alert", async () => {
      const found = await shown("shown");
      return found.length > 0 ? found : null;
    });
    expect(alert).toMatchObject({
      labels: { alertname: "AgentAuthExpiry", agent: "shown", severity: "critical", provider: "anthropic" },
      annotations: { reason: "expired", command: "openclaw models auth login --provider anthropic" },
      generatorURL: `${EXTERNAL}`,
    });
    // Three refreshes of two minutes, unless it is told again.
    const endsInMs = new Date(alert?.endsAt ?? 0).getTime() - Date.now();
    expect(Math.round(endsInMs / 60_000)).toBe(6);
    expect(alert?.fingerprint).toBe(fingerprint(alert?.labels ?? {}));

    expect(await send(channel, notify("shown", { because: "resolved", endsAt: new Date() }))).toMatchObject({
      kind: "delivered",
    });
    await waitFor("the resolve", async () => ((await shown("shown")).length === 0 ? true : null));
  });

  test.each([
    ["three refreshes later", {}, false, 6],
    ["as late as is asked for", { endsAfter: "45m" }, false, 45],
    ["days later from a run that does not know of the next", {}, true, 3 * 24 * 60],
    ["as late as is asked for from there too", { endsAfter: "45m" }, true, 45],
  ])("an alert that nobody sends again ends %s", async (name, given, isOneRun, minutes) => {
    await send(await open(given, isOneRun), notify(name, {}));
    const [alert] = await waitFor("the alert", async () => {
      const found = await shown(name);
      return found.length > 0 ? found : null;
    });
    expect(Math.round((new Date(alert?.endsAt ?? 0).getTime() - Date.now()) / 60_000)).toBe(minutes);
  });

  test("an escalation leaves one alert, not two, whichever process tells it", async () => {
    await send(await open(), notify("escalating", {}, "warning"));
    await send(await open(), notify("escalating", { severityBefore: "warning" }, "critical"));
    const alerts = await waitFor("the one alert", async () => {
      const found = await shown("escalating");
      return found.length === 1 ? found : null;
    });
    expect(alerts[0]?.labels["severity"]).toBe("critical");
  });

  test.each([
    ["firing", null],
    ["resolved", new Date()],
  ] as const)("its own webhook has the fields of ours: %s", async (status, endsAt) => {
    const agent = `webhook-${status}`;
    const notification = notify(agent, { endsAt });
    const channel = await open();
    await send(channel, notify(agent, {}));
    const find = (wanted: string) =>
      waitFor(`its webhook saying ${wanted}`, () => {
        const bodies = webhook.received.map(
          ({ body }) => JSON.parse(body) as { alerts: { status: string; labels: Record<string, string> }[] },
        );
        return bodies.findLast(({ alerts }) =>
          alerts.some(({ labels, status: is }) => labels["agent"] === agent && is === wanted),
        );
      });
    await find("firing");
    if (endsAt !== null) await send(channel, notification);
    const theirs = await find(status);
    const ours = WEBHOOK_BODIES.alertmanager(notification, messageOf(notification), {
      chatId: undefined,
      externalUrl: EXTERNAL,
    }) as typeof theirs;
    // It groups by agent, and we do not group.
    expect(theirs).toMatchObject({ groupLabels: { agent }, groupKey: `{}:{agent="${agent}"}` });
    expect(normalise({ ...ours, groupLabels: null, groupKey: null })).toEqual(
      normalise({ ...theirs, groupLabels: null, groupKey: null }),
    );
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
  });
});

/** Go writes an instant with fewer digits, and with its own time of resolve. */
function normalise(payload: unknown): unknown {
  return JSON.parse(JSON.stringify(payload), (key, value: unknown) => {
    if (key !== "startsAt" && key !== "endsAt") return value;
    return value === "0001-01-01T00:00:00Z" ? value : new Date(String(value)).toISOString();
  });
}
