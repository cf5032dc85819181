import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeCertificate } from "../channels/certificate.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";

const BIN = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "src/bin.ts");

let home: ReturnType<typeof createTemporaryHome>;

beforeEach(() => {
  home = createTemporaryHome();
});

afterEach(() => home.remove());

async function config(...args: string[]) {
  return runCli(["config", ...args], { home: home.path });
}

describe("config", () => {
  test("check without a file says where it looked", async () => {
    const { code, stdout } = await config("check");
    expect(code).toBe(0);
    expect(stdout).toContain(`looked for ${home.path}/.config/agent-auth-exporter/config.yaml, /etc/`);
  });

  test("check names the mistake and its place: 78", async () => {
    const path = join(home.path, "config.yaml");
    writeFileSync(path, "policy:\n  warnWithin: soon\n");
    const { code, stderr } = await config("check", "--config.file", path);
    expect(code).toBe(78);
    expect(stderr).toContain("policy.warnWithin");
    expect(stderr).toContain("2:");
  });

  test("check warns of what is valid and will not work here, or is unwise: 0", async () => {
    const path = join(home.path, "config.yaml");
    writeFileSync(
      path,
      `channels:
  - { name: log, type: command, argv: [no-such-program] }
  - { name: chat, type: webhook, url: "http://[::1]/", tokenFile: ~/nowhere }
  - { name: service, type: webhook, url: "http://[::1]/", tokenFile: /run/credentials/agent-auth-exporter.service/token }
heartbeat: { urlFile: ~/nowhere }
remotes:
  - { name: vps, url: "http://vps.example.com:10884", user: phone, passwordFile: ~/nowhere }
`,
    );
    expect(await config("check", "--config.file", path)).toMatchObject({
      code: 0,
      stdout: `${path}: valid\n`,
      stderr: [
        'channel log: the program "no-such-program" is not found on PATH; install it, or write its whole path',
        "channel chat: `tokenFile` cannot be read (not_found); make that file",
        "heartbeat: `urlFile` cannot be read (not_found); make that file",
        "remote vps: `passwordFile` cannot be read (not_found); make that file",
        "vps (http://vps.example.com:10884): its credentials can be read by everybody on the way; use https:// or ssh://",
      ]
        .map((line) => `agent-auth: ${line}\n`)
        .join(""),
    });
  });

  test.each([
    [
      "a key in place of a certificate",
      makeCertificate().key,
      "`caFile` holds no certificate in PEM, but a private key",
    ],
    ["no certificate", "CANARY\n", "`caFile` holds no certificate in PEM"],
    [
      "a certificate that was cut off",
      makeCertificate().cert.replace(/[^]{90}-----END/, "-----END"),
      "`caFile` holds a certificate in PEM that cannot be read; copy it anew",
    ],
    ["a bundle that is larger than a secret", makeCertificate().cert.repeat(200), null],
  ])("check looks into a caFile: %s", async (_name, text, expected) => {
    const path = join(home.path, "config.yaml");
    writeFileSync(join(home.path, "ca.pem"), text);
    const mail =
      "{ name: mail, type: email, host: mail.example.com, from: a@example.com, to: [b@example.com], caFile: ~/ca.pem }";
    writeFileSync(
      path,
      `channels:\n  - ${mail}\nremotes: [{ name: vps, url: "https://vps.example.com", caFile: ~/ca.pem }]\n`,
    );
    const said = ["channel mail", "remote vps"].map((place) => `agent-auth: ${place}: ${expected}\n`).join("");
    expect(await config("check", "--config.file", path)).toMatchObject({
      code: 0,
      stderr: expected === null ? "" : said,
    });
  });

  test("check warns of a file with more than the secret, and not of headers, which have a line each", async () => {
    const path = join(home.path, "config.yaml");
    writeFileSync(join(home.path, "secret"), "CANARY-1\nCANARY-2\n");
    writeFileSync(join(home.path, "headers"), "X-One: CANARY\nX-Two: CANARY\n");
    writeFileSync(
      path,
      `channels: [{ name: chat, type: webhook, url: "http://[::1]/", tokenFile: ~/secret, headersFile: ~/headers }]
remotes:
  - { name: vps, url: "https://vps.example.com", user: phone, passwordFile: ~/secret }
  - { name: nas, url: "https://nas.example.com", tokenFile: ~/secret }
`,
    );
    const fault = (place: string, key: string) =>
      `agent-auth: ${place}: \`${key}\` holds more than one line; leave nothing but the secret in it\n`;
    expect(await config("check", "--config.file", path)).toMatchObject({
      code: 0,
      stderr:
        fault("channel chat", "tokenFile") + fault("remote vps", "passwordFile") + fault("remote nas", "tokenFile"),
    });
  });

  test("check warns of what watches nothing, and not of what tells nobody: metrics may be all that it is for", async () => {
    const path = join(home.path, "config.yaml");
    writeFileSync(path, "discovery: { local: false }\n");
    const { code, stderr } = await config("check", "--config.file", path);
    expect([code, stderr]).toEqual([
      0,
      "agent-auth: nothing is watched, because `discovery.local` is false and `remotes` names no host; " +
        "name one there, or leave `discovery.local` out\n",
    ]);
    writeFileSync(path, "discovery: { local: false }\nremotes: [{ name: vps, url: 'ssh://ada@vps.example.com' }]\n");
    expect((await config("check", "--config.file", path)).stderr).toBe("");
    writeFileSync(path, "");
    expect((await config("check", "--config.file", path)).stderr).toBe("");
  });

  test("print shows what is in effect, the command line included", async () => {
    const { code, stdout } = await config("print", "--home", "/srv/agents", "--log.level=debug");
    expect(code).toBe(0);
    expect(stdout).toContain("homes:\n    - /srv/agents\n");
    expect(stdout).toContain("level: debug\n");
  });

  test("schema is JSON Schema", async () => {
    const { code, stdout } = await config("schema");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: "object", properties: { schedule: { type: "string" } } });
  });

  test("init writes a valid file where it is looked for, once, for its owner alone", async () => {
    const path = join(home.path, ".config/agent-auth-exporter/config.yaml");
    expect(await config("init")).toMatchObject({ code: 0, stdout: expect.stringContaining(path) });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await config("check")).toMatchObject({ code: 0, stdout: `${path}: valid\n` });
    writeFileSync(path, "watch: false\n");
    expect(await config("init")).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("replace it with --force"),
    });
    expect(readFileSync(path, "utf8")).toBe("watch: false\n");
    expect((await config("init", "--force")).code).toBe(0);
    expect(readFileSync(path, "utf8")).toContain("# agent-auth-exporter configuration");
  });

  test("init with --force on a directory does not advise --force: 69", async () => {
    const { code, stderr } = await config("init", "--config.file", home.path);
    expect(code).toBe(69);
    expect(stderr).toContain(`${home.path}: expected a file, found a directory; name a file with --config.file`);
    expect((await config("init", "--force", "--config.file", home.path)).stderr).toBe(stderr);
  });

  test("init replaces all or nothing: a file cut short never stands there", async () => {
    const path = join(home.path, "config.yaml");
    writeFileSync(path, "watch: false\n");
    // No file may grow beyond 0 bytes, as on a full disk.
    const script = 'trap "" XFSZ; ulimit -f 0; exec "$0" "$1" config init --force --config.file "$2"';
    const { status } = spawnSync("/bin/sh", ["-c", script, process.execPath, BIN, path], { env: { HOME: home.path } });
    expect(status).toBe(69);
    expect(readdirSync(home.path)).toEqual(["config.yaml"]);
    expect(readFileSync(path, "utf8")).toBe("watch: false\n");
  });

  test("init never writes into a state directory: 64", async () => {
    const path = join(home.path, ".openclaw", "config.yaml");
    const { code, stderr } = await config("init", "--config.file", path);
    expect([code, stderr]).toEqual([64, expect.stringContaining("which belongs to an agent; name another")]);
    expect(existsSync(join(home.path, ".openclaw"))).toBe(false);
  });

  test("init where nothing can be written: 69", async () => {
    const path = join(home.path, "file");
    writeFileSync(path, "");
    const { code, stderr } = await config("init", "--config.file", join(path, "config.yaml"));
    expect(code).toBe(69);
    expect(stderr).toContain("name another with --config.file");
    expect(existsSync(join(path, "config.yaml"))).toBe(false);
  });
});
