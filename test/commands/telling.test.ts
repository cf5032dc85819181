import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accept, answer, type Receiver, startReceiver } from "../alerts/receiver.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";
import { type Serving, startServe } from "../run-serve.ts";
import { waitFor } from "../wait.ts";
import { inHours, token, writeHome } from "./json-home.ts";

let home: ReturnType<typeof createTemporaryHome>;
let receiver: Receiver;
let serving: Serving | null = null;

beforeEach(async () => {
  home = createTemporaryHome();
  receiver = await startReceiver();
  writeHome(home.path, { "anthropic:default": token(inHours(-1)) });
});

afterEach(async () => {
  serving?.signal("SIGKILL");
  await serving?.ended;
  serving = null;
  await receiver.close();
  home.remove();
});

function writeConfig(given: Readonly<Record<string, unknown>> = {}): string {
  const path = join(home.path, "config.yaml");
  const channels = [{ name: "ops", type: "webhook", format: "native", url: receiver.url }];
  writeFileSync(path, JSON.stringify({ channels, alerts: { groupWait: "0s" }, ...given }));
  return `--config.file=${path}`;
}

function notify(config: string, ...args: readonly string[]) {
  return runCli(["check", "--notify", config, ...args], { home: home.path });
}

const STATE = () => join(home.path, ".local/state/agent-auth-exporter/alerts.sqlite");

describe("check --notify", () => {
  it("tells once, and once more when it is mended", async () => {
    const config = writeConfig({ alerts: { groupWait: "10s" } });
    expect(await notify(config, "--quiet")).toEqual({ code: 1, stdout: "", stderr: "" });
    await notify(config);
    expect(receiver.accepted).toHaveLength(1);
    writeHome(home.path, { "anthropic:default": token(inHours(1_000)) });
    expect((await notify(config)).code).toBe(0);
    expect(receiver.accepted).toHaveLength(2);
  });

  it("says what could not be delivered, keeps its exit code, and delivers with the next run", async () => {
    receiver.behave(answer(503));
    const config = writeConfig();
    const { code, stderr } = await notify(config, "--quiet");
    expect(code).toBe(1);
    expect(stderr).toContain("could not be told");
    expect(stderr).toContain("channel ops");
    expect(stderr).not.toContain("CANARY");
    expect(receiver.accepted).toEqual([]);
  });

  it("names the agent of what a phone could not show, and no address", async () => {
    writeHome(home.path, { "anthropic:ada@example.com": token(inHours(-1)) });
    const env = { PATH: join(home.path, "nothing") };
    const config = writeConfig({ channels: [{ name: "phone", type: "termux" }], alerts: { groupWait: "0s" } });
    const { stderr } = await runCli(["check", "--notify", config, "--quiet"], { home: home.path, env });
    expect(stderr).toMatch(/; detail .*; not shown: CRITICAL main@openclaw: cannot answer, /);
    expect(stderr).not.toContain("ada@");
  });

  it("says that nobody is told where no channel is configured, and leaves no file", async () => {
    const { code, stderr } = await notify(writeConfig({ channels: [] }), "--quiet");
    const said = "agent-auth: --notify: no channel is configured, so nobody is told; add one to `channels`\n";
    expect([code, stderr]).toEqual([1, said]);
    expect(existsSync(STATE())).toBe(false);
  });

  it("tells the heartbeat how the check went, once the channels are told", async () => {
    const heard: string[] = [];
    const listener = createServer(({ url }, response) => {
      heard.push(`${url} after ${receiver.accepted.length}`);
      response.end();
    });
    await new Promise<void>((resolve) => {
      listener.listen(0, "127.0.0.1", resolve);
    });
    const { port } = listener.address() as AddressInfo;
    const config = writeConfig({ heartbeat: { url: `http://127.0.0.1:${port}/CANARY` } });
    expect(await notify(config, "--quiet")).toEqual({ code: 1, stdout: "", stderr: "" });
    listener.close();
    expect(heard).toEqual(["/CANARY/start after 0", "/CANARY after 1"]);
    expect((await notify(config, "--quiet")).stderr).toBe(
      "agent-auth: the heartbeat was not heard; detail no answer (ECONNREFUSED)\n".repeat(2),
    );
  });

  describe("where nothing can be written", () => {
    const storage = (): string => {
      writeFileSync(join(home.path, "file"), "");
      return `--storage.path=${join(home.path, "file")}`;
    };

    it("tells all the same, and says what becomes of it", async () => {
      const { code, stderr } = await notify(writeConfig(), "--quiet", storage());
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /cannot be used \(.+\), so nothing is remembered from one run to the next: .+ --storage.path/,
      );
      expect(stderr).not.toContain("restart");
      expect(receiver.accepted).toHaveLength(1);
    });

    it("does not wait until something has lasted: no run would know", async () => {
      writeHome(home.path, { "anthropic:default": token(inHours(1_000)) });
      writeFileSync(join(home.path, ".openclaw/agents/main/agent/auth-profiles.json"), "{");
      const config = writeConfig();
      await notify(config, "--quiet");
      expect(receiver.accepted).toHaveLength(0);
      await notify(config, "--quiet", storage());
      expect(receiver.accepted).toHaveLength(1);
    });

    it.each([[["silence", "list"]], [["silence", "add", "agent=ops"]], [["outbox"]]])(
      "notify %j fails, and says why",
      async (args) => {
        const state = join(home.path, "state");
        mkdirSync(join(state, "alerts.sqlite"), { recursive: true });
        const { code, stdout, stderr } = await runCli(["notify", ...args, writeConfig(), `--storage.path=${state}`], {
          home: home.path,
        });
        expect([code, stdout]).toEqual([69, ""]);
        expect(stderr).toMatch(
          /cannot be used \(.+\), so there are no silences and no messages to look at or change; /,
        );
      },
    );
  });

  it.each([
    ["another time", "--at=+6h"],
    ["another home", "--home=/nowhere"],
    ["another state directory", "--state-dir=/nowhere"],
    ["another measure", "--warn=1s"],
  ])("is not for %s: what was told before would seem to be over", async (_name, option) => {
    const config = writeConfig();
    await notify(config);
    const { code, stdout, stderr } = await notify(config, option);
    const name = option.split("=")[0];
    expect([code, stdout, stderr]).toEqual([64, "", expect.stringContaining(`expected no ${name} beside it`)]);
    expect(receiver.accepted).toHaveLength(1);
  });

  it("tells before it prints: nobody has to take what is printed", async () => {
    const { code } = await notify(writeConfig(), "--agent=gone");
    expect(code).toBe(64);
    expect(receiver.accepted).toHaveLength(1);
  });

  it("without the option tells nobody", async () => {
    await runCli(["check", writeConfig()], { home: home.path });
    expect([receiver.attempts, existsSync(STATE())]).toEqual([[], false]);
  });
});

describe("serve", () => {
  async function metric(series: string): Promise<string | undefined> {
    const text = await (await fetch(`${serving?.url}/metrics`)).text();
    return text
      .split("\n")
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length + 1);
  }

  it("tells when a store changes, shows it in its metrics, and tells the end", async () => {
    serving = await startServe([writeConfig()], { home: home.path });
    await waitFor("the firing", () => receiver.accepted[0]);
    const delivered = 'agent_auth_notifications_total{channel="ops",outcome="delivered"}';
    await waitFor("the metric", async () => ((await metric(delivered)) === "1" ? true : null));
    expect(await metric('agent_auth_notifications_pending{channel="ops"}')).toBe("0");
    expect(await metric("agent_auth_alert_store_up")).toBe("1");
    writeHome(home.path, { "anthropic:default": token(inHours(1_000)) });
    await waitFor("the end", () => receiver.accepted[1]);
  });

  it("keeps an Alertmanager informed between two checks of a slow schedule", async () => {
    const am = { name: "am", type: "alertmanager", url: receiver.url, refreshEvery: "1s" };
    const config = writeConfig({ schedule: "0 0 1 1 *", watch: false, channels: [am] });
    serving = await startServe([config], { home: home.path });
    await waitFor("two refreshes", () => (receiver.accepted.length >= 3 ? true : null));
    const { stdout } = await runCli(["notify", "outbox", "--json", config], { home: home.path });
    const states = (JSON.parse(stdout) as readonly { state: string }[]).map(({ state }) => state);
    // The next one may be on its way at this moment.
    expect(states.filter((state) => state === "delivered")).toHaveLength(1);
  });

  it("tells after it was killed what could not leave before", async () => {
    receiver.behave(answer(503));
    const config = writeConfig();
    serving = await startServe([config], { home: home.path });
    await waitFor("an attempt", () => receiver.attempts[0]);
    serving.signal("SIGKILL");
    await serving.ended;
    receiver.behave(accept);
    serving = await startServe([config], { home: home.path });
    expect(await waitFor("the message", () => receiver.accepted[0], 50_000)).toBe(receiver.attempts[0]);
  });

  it("counts the pings of its heartbeat that nobody hears, and does not say where they went", async () => {
    await receiver.close();
    const heartbeat = { url: `${receiver.url}/CANARY`, style: "gatus", token: "CANARY" };
    serving = await startServe([writeConfig({ channels: [], heartbeat })], { home: home.path });
    await waitFor("the complaint", () => serving?.log.find(({ msg }) => msg === "the heartbeat was not heard"));
    expect(await metric("agent_auth_heartbeat_failures_total")).toMatch(/^[01]$/);
    expect(JSON.stringify(serving.log)).not.toContain("CANARY");
  });

  it("takes new channels with a reload, and stops in good order", async () => {
    const config = writeConfig({ channels: [] });
    serving = await startServe([config], { home: home.path });
    expect(await metric("agent_auth_alert_store_up")).toBeUndefined();
    writeConfig();
    serving.signal("SIGHUP");
    await waitFor("the firing", () => receiver.accepted[0]);
    serving.signal("SIGTERM");
    expect(await serving.ended).toBe(0);
  });

  it("tells nobody of the demo", async () => {
    const empty = mkdtempSync(join(home.path, "empty-"));
    serving = await startServe([writeConfig(), "--demo-if-empty", "--home", empty], { home: home.path });
    expect(serving.log.map(({ msg }) => msg)).toContain("showing the embedded demo: none of this is real");
    serving.signal("SIGTERM");
    await serving.ended;
    expect(receiver.attempts).toEqual([]);
  });
});
