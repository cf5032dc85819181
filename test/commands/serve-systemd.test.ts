import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTemporaryHome } from "../run-cli.ts";
import { type Serving, startServe } from "../run-serve.ts";
import { waitFor } from "../wait.ts";
import { inHours, token, writeHome } from "./json-home.ts";

let home: ReturnType<typeof createTemporaryHome>;
let serving: Serving | null = null;
beforeEach(() => {
  home = createTemporaryHome();
  writeHome(home.path, { "anthropic:manual": token(inHours(900)) });
  const script = `#!/bin/sh\nprintf '%s|' "$@" >> ${home.path}/told; echo >> ${home.path}/told\n`;
  writeFileSync(join(home.path, "systemd-notify"), script, { mode: 0o755 });
});
afterEach(async () => {
  serving?.signal("SIGKILL");
  await serving?.ended;
  serving = null;
  home.remove();
});

async function start(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Serving> {
  const path = `${home.path}:${process.env["PATH"] ?? ""}`;
  return (serving = await startServe(args, { home: home.path, env: { PATH: path, ...env } }));
}

function told(): readonly string[] {
  const path = join(home.path, "told");
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
}

function expectTold(line: RegExp): Promise<string> {
  return waitFor(String(line), () => told().find((one) => line.test(one)));
}

test("systemd hears when it is ready, reloads, is fed, and stops", async () => {
  const config = join(home.path, "config.yaml");
  writeFileSync(config, "policy:\n  warnWithin: 24h\n");
  const { signal, ended } = await start(["--config.file", config], {
    NOTIFY_SOCKET: "/run/none",
    WATCHDOG_USEC: "1000000",
  });
  expect(await expectTold(/^READY=1\|STATUS=/)).toBe("READY=1|STATUS=1 profile: 1 ok · 1 agent: 1 can answer|");
  await expectTold(/^WATCHDOG=1\|$/);
  writeFileSync(config, "policy:\n  warnWithin: 1000h\n");
  signal("SIGHUP");
  await expectTold(/^RELOADING=1\|MONOTONIC_USEC=\d+\|$/);
  await expectTold(/^READY=1\|$/);
  expect(told()).toContain("STATUS=1 profile: 1 expiring · 1 agent: 1 can answer|");
  writeFileSync(config, "policy:\n  warnWithin: soon\n");
  signal("SIGHUP");
  await expectTold(/^READY=1\|STATUS=a config cannot be used/);
  signal("SIGTERM");
  expect(await ended).toBe(0);
  expect(told().at(-1)).toBe("STOPPING=1|STATUS=stopping|");
});

test("without systemd nobody is told", async () => {
  const { signal, ended } = await start([], { WATCHDOG_USEC: "1000000" });
  signal("SIGTERM");
  expect(await ended).toBe(0);
  expect(told()).toEqual([]);
});
