import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { hashSync } from "bcryptjs";
import { writeCertificates } from "../../test/certificates.ts";
import {
  answer,
  type Behaviour,
  halfBody,
  halfHeaders,
  hang,
  reset,
  startReceiver,
} from "../../test/channels/http-receiver.ts";
import { inHours, token, writeHome } from "../../test/commands/json-home.ts";
import { findFreePort, startSshd } from "../../test/remote/sshd.ts";
import { requireProgram } from "../../test/real-program.ts";
import { type Serving, startServe } from "../../test/run-serve.ts";
import type { Notification } from "../../test/termux/fake-root.ts";
import { waitFor } from "../../test/wait.ts";
import { describeEnd, installHere, type Phone } from "./phone.ts";

const BIN = fileURLToPath(new URL("../../src/bin.ts", import.meta.url));
const PASSWORD = "CANARY-password";
const CONFIG = ".config/agent-auth-exporter";

/** Another host, which can lose its agent's token, go away and come back. */
interface Host {
  readonly name: string;
  setExpiry(hours: number): void;
  leave(): Promise<void>;
  comeBack(): Promise<void>;
}

/** Two hosts, one asked over HTTPS with a password and one over SSH; each of them goes away and comes back. */
export async function watchTwoHosts(phone: Phone): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-remotes-"));
  const hosts: Host[] = [];
  try {
    const [web, ssh] = [await startWebHost(phone, directory), await startSshHost(phone, directory)];
    hosts.push(web.host, ssh.host);
    await installHere(phone);
    writeConfig(phone, [web.remote, ssh.remote]);
    await phone.type(`${SCHEDULED}`);
    assert.deepEqual(phone.root.notifications(), {}, "two hosts are fine");
    for (const host of hosts) await followHost(phone, host);
  } finally {
    for (const host of hosts) await host.leave();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Answers that break off, never end or never come: what was known before stays, and nothing hangs. */
export async function cutTheNetwork(phone: Phone): Promise<void> {
  const receiver = await startReceiver();
  try {
    await installHere(phone);
    const document = await phone.type("agent-auth check --json");
    const good = answer(200, { "content-type": "application/json" }, document);
    writeConfig(phone, [{ name: "cut", url: receiver.url, timeout: "2s" }]);
    const cuts: Readonly<Record<string, Behaviour>> = {
      "a status without a body": halfHeaders,
      "half a body": halfBody,
      "no answer": hang,
      "a reset": reset,
      "something else": answer(200, {}, "<html>hello"),
      "half a document": answer(200, {}, document.slice(0, document.length / 2)),
    };
    for (const [name, cut] of Object.entries(cuts)) {
      receiver.behave(good);
      await expectCode(phone, 0);
      receiver.behave(cut);
      assert.match(await expectCode(phone, 3), /last seen \S+ ago/, name);
    }
    receiver.behave(good);
    await expectCode(phone, 0);
  } finally {
    await receiver.close();
  }
}

const SCHEDULED = "agent-auth check --judge verdict --notify --quiet";

async function followHost(phone: Phone, { name, setExpiry, leave, comeBack }: Host): Promise<void> {
  const pass = async (): Promise<void> => {
    const end = await phone.root.run(["sh", "-c", `exec node "$PREFIX/bin/agent-auth" ${SCHEDULED.slice(11)}`]);
    assert.equal(end.stderr, "", describeEnd(end));
  };
  // The other host looks again by itself, a moment later.
  const passUntil = async (wanted: string, isSo: () => boolean): Promise<void> => {
    await waitFor(wanted, async () => pass().then(() => (isSo() ? true : null)));
  };
  const titles = (): readonly (string | undefined)[] =>
    Object.values<Notification>(phone.root.notifications()).map(({ title }) => title);
  setExpiry(5);
  await passUntil("a notification", () => titles().length > 0);
  assert.match(titles().join(), new RegExp(`^[^,]*${name}[^,]*expires \\d{4}-[^,]*$`), "told once of a host's token");
  setExpiry(2_000);
  await passUntil("no notification", () => titles().length === 0);

  await leave();
  assert.match(await expectCode(phone, 3), new RegExp(`${name} .*last seen \\S+ ago`), "it is last seen, and not fine");
  // Held for a second, so the second look tells.
  await pass();
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await pass();
  const told = Object.values<Notification>(phone.root.notifications());
  assert.equal(told.length, 1, "one notification for a host that is away");
  assert.match(`${told[0]?.title} ${told[0]?.content}`, new RegExp(name));
  assert.match(told[0]?.content ?? "", /Last seen: \d{4}-/);
  assert.doesNotMatch(told[0]?.content ?? "", / ago/);
  await comeBack();
  await pass();
  await phone.blank(0);
  await expectCode(phone, 0);
}

async function expectCode({ root }: Phone, code: number): Promise<string> {
  const end = await root.run(["sh", "-c", 'exec node "$PREFIX/bin/agent-auth" check']);
  assert.equal(end.code, code, describeEnd(end));
  return end.stdout;
}

function writeConfig(phone: Phone, remotes: readonly object[]): void {
  const config = {
    discovery: { local: false },
    remotes,
    alerts: { hold: { unreachable: "1s" } },
    channels: [{ name: "phone", type: "termux", timeout: "30s" }],
  };
  put(phone, `${CONFIG}/config.yaml`, JSON.stringify(config));
  phone.root.adopt();
}

function put({ root }: Phone, name: string, text: string): void {
  const path = join(root.outside(root.home), name);
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600 });
}

async function startWebHost(phone: Phone, directory: string): Promise<{ host: Host; remote: object }> {
  const home = join(directory, "web");
  mkdirSync(home);
  writeHome(home, { "anthropic:default": token(inHours(2_000)) });
  writeCertificates(home);
  const web = { tls_server_config: { cert_file: "server.crt", key_file: "server.key" } };
  writeFileSync(join(home, "web.yml"), JSON.stringify({ ...web, basic_auth_users: { phone: hashSync(PASSWORD, 4) } }));
  put(phone, `${CONFIG}/password`, `${PASSWORD}\n`);
  put(phone, `${CONFIG}/ca.crt`, readFileSync(join(home, "ca.crt"), "utf8"));
  const port = await findFreePort();
  const args = ["--web.config.file=web.yml", `--web.listen-address=127.0.0.1:${port}`];
  let serving: Serving;
  const comeBack = async (): Promise<void> => {
    serving = await startServe(args, { home, isReady: async () => true });
  };
  await comeBack();
  const own = join(phone.root.home, CONFIG);
  return {
    host: {
      name: "web",
      setExpiry: (hours) => writeHome(home, { "anthropic:default": token(inHours(hours)) }),
      async leave() {
        serving.signal("SIGTERM");
        await serving.ended;
      },
      comeBack,
    },
    remote: {
      name: "web",
      url: `https://127.0.0.1:${port}`,
      user: "phone",
      passwordFile: `${own}/password`,
      caFile: `${own}/ca.crt`,
    },
  };
}

async function startSshHost(phone: Phone, directory: string): Promise<{ host: Host; remote: object }> {
  const home = join(directory, "ssh");
  mkdirSync(home);
  writeHome(home, { "anthropic:default": token(inHours(2_000)) });
  process.env["PATH"] += `${delimiter}/usr/sbin`;
  const server = await startSshd(requireProgram("sshd") ?? "", directory);
  const program = join(home, "agent-auth");
  writeFileSync(program, `#!/bin/sh\nHOME='${home}' exec '${process.execPath}' '${BIN}' "$@"\n`);
  chmodSync(program, 0o755);
  phone.root.addSsh();
  const ssh = join(phone.root.home, ".ssh");
  put(phone, ".ssh/config", `IdentityFile ${ssh}/key\nStrictHostKeyChecking accept-new\n`);
  const key = join(phone.root.outside(ssh), "key");
  copyFileSync(server.key, key);
  chmodSync(key, 0o600);
  return {
    host: {
      name: "ssh",
      setExpiry: (hours) => writeHome(home, { "anthropic:default": token(inHours(hours)) }),
      leave: async () => server.stop(),
      comeBack: async () => server.restart(),
    },
    remote: { name: "ssh", url: `ssh://${userInfo().username}@127.0.0.1:${server.port}`, program, timeout: "30s" },
  };
}
