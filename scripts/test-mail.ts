/**
 * Lets a real mail server take what `agent-auth serve` and `agent-auth notify test` send, and reads it from the mailbox:
 * the alert of a token that ends in three hours and its end, also with the server down at both moments. Prints the mails
 * as they arrived. Exits 1 when a mail is missing, comes twice or says something else.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type Relay, runMailScenario } from "../test/alerts/mail-scenario.ts";
import type { ReceivedMail } from "../test/alerts/received-mail.ts";
import { requireProgram } from "../test/real-program.ts";
import { runCli } from "../test/run-cli.ts";
import { waitFor } from "../test/wait.ts";
import { type Opensmtpd, startOpensmtpd } from "./mail/opensmtpd.ts";

const SHOWN = [
  "From",
  "To",
  "Subject",
  "Date",
  "Message-ID",
  "In-Reply-To",
  "References",
  "List-Id",
  "Auto-Submitted",
  "X-Auto-Response-Suppress",
];

const program = requireProgram("smtpd");
if (program !== null && isRoot()) {
  await withMailbox(program, (relay, home) => testCourse(relay, home, false));
  await withMailbox(program, (relay, home) => testCourse(relay, home, true));
  await withMailbox(program, testSendmail);
}

function isRoot(): boolean {
  if (process.getuid?.() === 0) return true;
  const reason = "OpenSMTPD gives up root by itself and so needs it at first";
  if (process.env["CI"] !== undefined) throw new Error(`expected to be run as root: ${reason}`);
  process.stderr.write(`left out: tests with a real mail server, because ${reason}\n`);
  return false;
}

async function withMailbox(smtpd: string, test: (relay: Relay, home: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-mail-"));
  const [server, home] = [join(directory, "server"), join(directory, "home")];
  for (const path of [server, home]) mkdirSync(path);
  // Mails are delivered by another user than root, who has to get to the mailbox.
  for (const path of [directory, server]) chmodSync(path, 0o711);
  let relay: Opensmtpd | null = null;
  try {
    relay = await startOpensmtpd(smtpd, server);
    await test(relay, home);
  } catch (error) {
    console.error(`the mail server printed:\n${relay?.log() ?? "nothing"}`);
    throw error;
  } finally {
    await relay?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function testCourse(relay: Relay, home: string, isDown: boolean): Promise<void> {
  const run = await runMailScenario(relay, { home, cert: null, isDown });
  assert.deepEqual(run.arrived, [1, 2], "each mail arrives once");
  assert.deepEqual(run.pending, isDown ? ["1", "0", "1", "0"] : ["0", "0"], "nothing waits but for the server");
  const [alert, end] = run.mails as readonly [ReceivedMail, ReceivedMail];
  assert.match(alert.header("Subject") ?? "", /^WARNING main@openclaw: anthropic:default expires in 2h 5\dm$/);
  assert.match(end.header("Subject") ?? "", /^RESOLVED main@openclaw: anthropic:default was about to expire/);
  assert.equal(end.header("References"), alert.header("References"), "the end stands in the same thread");
  assert.equal(end.header("In-Reply-To"), alert.header("References"), "the end answers the alert");
  expectNoSecret(run.mails, run.output);
  console.log(`ok: the alert and its end arrived once each${isDown ? ", with the server down at both moments" : ""}`);
  if (!isDown) run.mails.forEach(show);
}

async function testSendmail(relay: Relay, home: string): Promise<void> {
  const sendmail = requireProgram("sendmail");
  assert(sendmail !== null, "OpenSMTPD comes with a sendmail");
  const config = join(home, "config.json");
  const channel = { name: "local", type: "email", sendmail, from: "agents@example.com", to: ["ada@example.com"] };
  writeFileSync(config, JSON.stringify({ channels: [channel] }));
  const { code, stderr } = await runCli(["notify", "test", `--config.file=${config}`], { home });
  assert.deepEqual([code, stderr], [0, ""]);
  const mail = await waitFor("the mail handed to sendmail", () => relay.mails()[0]);
  assert.equal(mail.header("Auto-Submitted"), "auto-generated");
  assert.match(mail.text, /^To mend it:$/m);
  console.log("ok: what was handed to sendmail arrived");
}

function expectNoSecret(mails: readonly ReceivedMail[], output: string): void {
  assert(![...mails.map(({ raw }) => raw), output].some((text) => text.includes("CANARY")), "no secret is told");
}

function show(mail: ReceivedMail): void {
  const lines = SHOWN.map((name) => [name, mail.header(name)] as const).filter(([, value]) => value !== undefined);
  console.log(`\n${lines.map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n${mail.text.trimEnd()}\n`);
}
