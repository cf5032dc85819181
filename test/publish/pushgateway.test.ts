import { type ChildProcess, spawn } from "node:child_process";
import { hostname } from "node:os";
import { join } from "node:path";
import { existsSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createChannelTools } from "../../src/channels/tools.ts";
import { DEFAULT_GATEWAY } from "../../src/config/config.ts";
import { createPushgateway, groupPath } from "../../src/publish/pushgateway.ts";
import type { GatewayOptions } from "../../src/publish/publisher.ts";
import { answer, type Behaviour, hang, type Receiver, reset, startReceiver } from "../channels/http-receiver.ts";
import { inHours, token, writeHome } from "../commands/json-home.ts";
import { requireProgram } from "../real-program.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";
import { startServe } from "../run-serve.ts";
import { waitFor } from "../wait.ts";

const TOOLS = createChannelTools({}, null);

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

function open(given: Partial<GatewayOptions> = {}) {
  return createPushgateway({ ...DEFAULT_GATEWAY, url: receiver.url, timeoutMs: 500, ...given }, TOOLS);
}

describe("the path of a group", () => {
  test.each([
    ["plain", "agent-auth", "host.example.com:9100", "/metrics/job/agent-auth/instance/host.example.com:9100"],
    ["a slash", "a/b", "h", "/metrics/job@base64/YS9i/instance/h"],
    ["a blank, and more than ASCII", "agents of Zoë", "h", "/metrics/job@base64/YWdlbnRzIG9mIFpvw6s/instance/h"],
    ["two dots, which a proxy resolves", "j", "..", "/metrics/job/j/instance@base64/Li4"],
    ["nothing", "j", "", "/metrics/job/j/instance@base64/="],
  ])("%s", (_name, job, instance, path) => {
    expect(groupPath({ job, instance })).toBe(path);
  });
});

describe("a push", () => {
  test("replaces the group, below the path of the address", async () => {
    const gateway = open({ url: `${receiver.url}/push/`, job: "agents", instance: "build-7" });
    expect(await gateway.publish("a 1\n")).toBeNull();
    expect(receiver.received).toMatchObject([
      {
        method: "PUT",
        path: "/push/metrics/job/agents/instance/build-7",
        body: "a 1\n",
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      },
    ]);
  });

  test("is of this host unless it has another name", async () => {
    await open().publish("a 1\n");
    expect(receiver.received[0]?.path).toBe(groupPath({ job: "agent-auth", instance: hostname() }));
  });

  test.each<readonly [string, (url: string) => Partial<GatewayOptions>, string]>([
    ["a user", () => ({ user: "ada", password: "CANARY:1" }), `Basic ${btoa("ada:CANARY:1")}`],
    ["a token", () => ({ token: "CANARY" }), "Bearer CANARY"],
    ["the address", (url) => ({ url: url.replace("//", "//ada:CANARY%40@") }), `Basic ${btoa("ada:CANARY@")}`],
  ])("says who it is: %s", async (_name, given, authorization) => {
    expect(await open(given(receiver.url)).publish("a 1\n")).toBeNull();
    expect(receiver.received[0]?.headers).toMatchObject({ authorization });
  });

  test.each<readonly [string, Behaviour, RegExp]>([
    ["refused", answer(400, {}, "CANARY"), /^HTTP 400 Bad Request; it refuses these metrics; look into its log$/],
    ["without credentials", answer(401), /^HTTP 401 Unauthorized; give `push\.gateway` the `user`/],
    ["elsewhere", answer(404), /^HTTP 404 Not Found; name the address of a Pushgateway, without \/metrics$/],
    ["too large", answer(413), /^HTTP 413 .*; let the server in front of it take larger bodies/],
    ["broken", answer(500), /^HTTP 500 Internal Server Error; the next check tries again$/],
    ["moved", answer(301, { location: "http://example.com/" }), /configure the final address instead; correct/],
    ["silent", hang, /^no answer within 0\.5 s; the next check tries again$/],
    ["gone", reset, /^no answer \([A-Z_]+\); the next check tries again$/],
  ])("says what to do when the other side is %s", async (_name, behaviour, words) => {
    receiver.behave(behaviour);
    expect(await open({ url: receiver.url.replace("//", "//ada:CANARY@") }).publish("a 1\n")).toMatch(words);
  });

  test.each(["CANARY of no use", "ftp://CANARY@localhost/"])(
    "says so of a file with %j for an address",
    async (text) => {
      const home = createTemporaryHome();
      const urlFile = join(home.path, "url");
      writeFileSync(urlFile, text);
      const gateway = open({ url: null, urlFile });
      const fault = await gateway.publish("a 1\n");
      expect(fault).toMatch(/^the configured address is no http or https address; correct `push\.gateway`/);
      expect(fault).not.toContain("CANARY");
      writeFileSync(urlFile, receiver.url);
      expect(await gateway.publish("a 1\n")).toBeNull();
      home.remove();
    },
  );

  test("reads a password that was replaced", async () => {
    const home = createTemporaryHome();
    const passwordFile = join(home.path, "password");
    writeFileSync(passwordFile, "CANARY-old\n");
    const gateway = open({ user: "ada", passwordFile });
    receiver.behave((response, { headers }) =>
      response.writeHead(headers.authorization === `Basic ${btoa("ada:CANARY-new")}` ? 200 : 401).end(),
    );
    expect(await gateway.publish("a 1\n")).toContain("HTTP 401");
    writeFileSync(passwordFile, "CANARY-new\n");
    expect(await gateway.publish("a 1\n")).toBeNull();
    home.remove();
  });
});

describe("the command line", () => {
  const home = createTemporaryHome();
  beforeAll(() => writeHome(home.path, { "anthropic:a": token(inHours(30)) }));
  afterAll(() => home.remove());
  const run = (...args: readonly string[]) => runCli(args, { home: home.path });

  test("check --push sends what --format prom prints, and says nothing", async () => {
    const { code, stdout, stderr } = await run("check", "--quiet", `--push=${receiver.url}`, "--push.instance=a/b");
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(receiver.received[0]?.path).toBe("/metrics/job/agent-auth/instance@base64/YS9i");
    expect(receiver.received[0]?.body).toContain("\nagent_auth_last_check_code 0\n");
  });

  test("an address with a password is quoted nowhere", async () => {
    receiver.behave(answer(401));
    const { code, stdout, stderr } = await run("check", `--push=${receiver.url.replace("//", "//ada:CANARY@")}`);
    expect(code).toBe(69);
    expect(stderr).toMatch(/^agent-auth: push\.gateway: HTTP 401 Unauthorized; give/);
    expect(stdout + stderr).not.toMatch(/CANARY|127\.0\.0\.1/);
  });

  test.each<readonly [string, readonly string[], RegExp]>([
    ["no address", ["check", "--push=CANARY:9091"], /^agent-auth: --push: expected an http or https address; write/],
    ["no name", ["check", "--push=http://127.0.0.1:1", "--push.job="], /--push\.job: expected a name, got ""/],
    ["another time", ["check", "--push=http://127.0.0.1:1", "--at=+1h"], /--push: expected no --at beside it/],
    ["nothing configured", ["check", "--publish"], /--publish: expected `textfile` or `push` in the config/],
    ["nothing to delete from", ["push", "delete"], /push delete: expected a Pushgateway, got none; name it/],
  ])("%s is a mistake", async (_name, args, words) => {
    const { code, stderr } = await run(...args);
    expect(stderr).toMatch(words);
    expect(stderr).not.toContain("CANARY");
    expect(code).toBe(64);
  });

  test("the config's places are left alone without --publish, and get everything with it", async () => {
    const path = join(home.path, "agents.prom");
    const config = join(home.path, "config.yaml");
    const gateway = { url: receiver.url, user: "ada", password: "CANARY" };
    writeFileSync(config, JSON.stringify({ textfile: path, push: { gateway } }));
    expect((await run("check", `--config.file=${config}`)).code).toBe(0);
    expect(receiver.received).toEqual([]);
    const published = await run("check", "--quiet", `--config.file=${config}`, "--publish");
    expect(published).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(existsSync(path)).toBe(true);
    expect(receiver.received).toHaveLength(1);
    // An address on the command line needs no password there.
    const other = await run("check", `--config.file=${config}`, `--push=${receiver.url}/other`);
    expect(other.code).toBe(0);
    expect(receiver.received[1]).toMatchObject({ headers: { authorization: `Basic ${btoa("ada:CANARY")}` } });
    expect(receiver.received[1]?.path).toMatch(/^\/other\/metrics\/job/);
  });
});

const program = requireProgram("prometheus-pushgateway");

describe.runIf(program !== null)("Debian's Pushgateway", () => {
  const home = createTemporaryHome();
  let gateway: ChildProcess;
  let url: string;
  const read = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();

  beforeAll(async () => {
    writeHome(home.path, { "anthropic:a": token(inHours(30)) });
    // Debian's keeps what it got in a file of the host otherwise.
    gateway = spawn(program!, ["--web.listen-address=127.0.0.1:0", "--persistence.file="], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "";
    gateway.stderr!.setEncoding("utf8").on("data", (text: string) => (log += text));
    url = `http://${await waitFor("the Pushgateway", () => /address=(127\.0\.0\.1:[1-9]\d*)/.exec(log)?.[1])}`;
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => gateway.once("exit", resolve));
    gateway.kill();
    await ended;
    home.remove();
  });

  test("takes a check, forgets with the next what is gone, and all of it on demand", async () => {
    const own = (text: string) => text.split("\n").filter((line) => line.includes('instance="rack 7/b"'));
    const push = ["--push", url, "--push.instance=rack 7/b"];
    expect(await runCli(["check", "--quiet", ...push], { home: home.path })).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    const first = own(await read());
    expect(first).toContainEqual(expect.stringMatching(/^agent_auth_agent_can_answer\{.*job="agent-auth".*\} 1$/));
    expect(first.join("\n")).toContain('profile="anthropic:a"');
    expect(await read()).toMatch(/\npush_failure_time_seconds\{instance="rack 7\/b",job="agent-auth"\} 0\n/);

    writeHome(home.path, { "anthropic:b": token(inHours(30)) });
    expect((await runCli(["check", ...push], { home: home.path })).code).toBe(0);
    expect(own(await read()).join("\n")).not.toContain('profile="anthropic:a"');

    const removed = await runCli(["push", "delete", ...push], { home: home.path });
    expect(removed).toEqual({ code: 0, stdout: "removed job agent-auth, instance rack 7/b\n", stderr: "" });
    expect(own(await read())).toEqual([]);
  });

  test("gets the metrics of serve with each check, and serve counts them", async () => {
    const serving = await startServe([`--push=${url}`, "--push.instance=served"], { home: home.path });
    const pushed = await waitFor("a push", async () =>
      /agent_auth_checks_total\{.*instance="served".*outcome="ok"\} 1\n/.test(await read()) ? read() : null,
    );
    expect(pushed).not.toMatch(/nodejs_.*instance="served"/);
    await waitFor("the count of it", async () => {
      const text = await (await fetch(`${serving.url}/metrics`)).text();
      return text.includes('agent_auth_publications_total{place="push.gateway",outcome="delivered"} 1\n') ? true : null;
    });
    serving.signal("SIGTERM");
    expect(await serving.ended).toBe(0);
  });
});
