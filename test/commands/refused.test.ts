import { rmSync, writeFileSync } from "node:fs";
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

function writeConfig(given: Readonly<Record<string, unknown>>): string {
  const path = join(home.path, "config.yaml");
  const channels = [{ name: "ops", type: "webhook", format: "native", ...given }];
  writeFileSync(path, JSON.stringify({ channels, alerts: { groupWait: "0s" } }));
  return `--config.file=${path}`;
}

async function notify(config: string): Promise<string> {
  return (await runCli(["check", "--notify", "--quiet", config], { home: home.path })).stderr;
}

describe("a message that a channel refuses", () => {
  it("is not sent at every run while nobody did anything about it", async () => {
    receiver.behave(answer(401));
    const config = writeConfig({ url: receiver.url });
    expect(await notify(config)).toContain("given up");
    receiver.behave(accept);
    expect(await notify(config)).toBe("");
    expect(receiver.accepted).toEqual([]);
  });

  it("leaves with the first run after the config was corrected", async () => {
    receiver.behave(answer(401));
    await notify(writeConfig({ url: receiver.url }));
    receiver.behave(accept);
    await notify(writeConfig({ url: receiver.url, headers: { "x-team": "agents" } }));
    expect(receiver.accepted).toHaveLength(1);
  });

  it("leaves with the first run after the file of its secret was replaced", async () => {
    const urlFile = join(home.path, "url");
    writeFileSync(urlFile, receiver.url);
    const config = writeConfig({ urlFile });
    receiver.behave(answer(401));
    await notify(config);
    receiver.behave(accept);
    rmSync(urlFile);
    writeFileSync(urlFile, receiver.url);
    await notify(config);
    expect(receiver.accepted).toHaveLength(1);
  });

  it("leaves with the first check of serve after it was started", async () => {
    receiver.behave(answer(401));
    const config = writeConfig({ url: receiver.url });
    await notify(config);
    receiver.behave(accept);
    serving = await startServe([config], { home: home.path });
    await waitFor("the message", () => receiver.accepted[0]);
    expect(receiver.accepted).toHaveLength(1);
  });
});
