import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Receiver, startReceiver } from "../channels/http-receiver.ts";
import { inHours, token, writeHome } from "../commands/json-home.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";

let [here, there] = [createTemporaryHome(), createTemporaryHome()];
let receiver: Receiver;

beforeEach(async () => {
  [here, there] = [createTemporaryHome(), createTemporaryHome()];
  receiver = await startReceiver();
  mkdirSync(join(here.path, "bin"));
});
afterEach(async () => {
  await receiver.close();
  here.remove();
  there.remove();
});

function script(name: string, line: string): string {
  const path = join(here.path, "bin", name);
  writeFileSync(path, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  return path;
}

/** What the channels tell of a host at this address that has this credential, expired. */
async function tell(url: string, profile: string): Promise<{ readonly hook: Told; readonly mail: string }> {
  writeHome(there.path, { [profile]: token(inHours(-1)) });
  const saved = join(here.path, "answer.json");
  writeFileSync(saved, (await runCli(["check", "--json", "--local"], { home: there.path })).stdout);
  script("ssh", `cat '${saved}'`);
  const mailed = join(here.path, "mail");
  const sendmail = script("sendmail", `cat >>'${mailed}'`);
  const file = join(here.path, "config.yaml");
  writeFileSync(
    file,
    `discovery: { local: false }
remotes: [{ name: vps, url: "${url}" }]
channels:
  - { name: hook, type: webhook, url: "${receiver.url}" }
  - { name: mail, type: email, sendmail: ${sendmail}, from: a@example.com, to: [b@example.com] }
`,
  );
  const env = { PATH: `${join(here.path, "bin")}:${process.env["PATH"] ?? ""}` };
  const { stderr } = await runCli(["check", "--notify", "--quiet", `--config.file=${file}`], { home: here.path, env });
  expect(stderr).toBe("");
  const mail = readFileSync(mailed, "utf8").replaceAll("=\n", "").replaceAll("=3D", "=");
  return { hook: JSON.parse(receiver.received[0]?.body ?? "") as Told, mail };
}

interface Told {
  readonly text: string;
  readonly items: readonly { readonly command: string | null }[];
}

describe("what mends a credential of a host that is asked over SSH", () => {
  test.each([
    ["as somebody", "ssh://ada@vps.example.com", "ssh -t ada@vps.example.com '"],
    ["at another port", "ssh://ada@vps.example.com:2222", "ssh -t -p 2222 ada@vps.example.com '"],
    ["by the number of the host", "ssh://ada@[fe80::1]:2222", "ssh -t -p 2222 ada@fe80::1 '"],
    ["as whoever ssh takes", "ssh://vps.example.com", "ssh -t vps.example.com '"],
  ])("logs in there %s", async (_name, url, login) => {
    const { hook, mail } = await tell(url, "anthropic:default");
    const command = `${login}claude setup-token; openclaw models auth paste-token --provider anthropic --profile-id anthropic:default'`;
    expect(hook.items.map((item) => item.command)).toEqual([command, command]);
    expect(hook.text).toContain(`\nTo mend it:\n${command}\n`);
    expect(mail).toContain(`To mend it:\n${command}\n`);
  });

  test("is shown by another command when it names an address", async () => {
    const { hook, mail } = await tell("ssh://ada@vps.example.com", "anthropic:grace@example.com");
    const command = expect.stringMatching(
      /^agent-auth status --agent main --config\.file \S+ {2}# shows the exact command/,
    );
    expect(hook.items.map((item) => item.command)).toEqual([command, command]);
    expect(JSON.stringify(hook) + mail).not.toContain("grace@");
  });
});
