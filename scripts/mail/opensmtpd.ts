import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import type { Relay } from "../../test/alerts/mail-scenario.ts";
import { parseMail, type ReceivedMail } from "../../test/alerts/received-mail.ts";
import { waitFor } from "../../test/wait.ts";

export interface Opensmtpd extends Relay {
  /** What it printed since it was started last. */
  log(): string;
}

/** The user on whose behalf mails are put into the mailbox: OpenSMTPD does not deliver as root. */
const OWNER = "nobody";

/**
 * OpenSMTPD on a free port of the loopback interface. What is sent to example.com, through its `sendmail` too, ends in one
 * maildir below `directory`, which every user must be able to pass through. Needs root, and no other OpenSMTPD running:
 * the places of its queue and of its control socket are fixed. In the clear, because the one of Debian 12 is not able to
 * encrypt with the OpenSSL of Debian 12.
 */
export async function startOpensmtpd(program: string, directory: string): Promise<Opensmtpd> {
  const port = await findFreePort();
  const config = join(directory, "smtpd.conf");
  const mailbox = join(directory, "mailbox");
  mkdirSync(mailbox, { mode: 0o700 });
  execFileSync("chown", [OWNER, mailbox]);
  writeFileSync(config, renderConfig(mailbox, port), { mode: 0o600 });

  let child: ChildProcess | null = null;
  let log = "";
  const restart = async (): Promise<void> => {
    log = "";
    const started = spawn(program, ["-d", "-f", config], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (log += text));
    }
    child = started;
    const isUp = await waitFor("OpenSMTPD to listen", async () => {
      if (started.exitCode !== null) return false;
      return (await isListening(port)) ? true : null;
    });
    if (!isUp) throw new Error(`OpenSMTPD ended at once:\n${log}`);
  };
  const stop = async (): Promise<void> => {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null) return;
    const ended = once(running, "exit");
    running.kill("SIGTERM");
    await ended;
    await waitFor("OpenSMTPD to listen no more", async () => ((await isListening(port)) ? null : true));
  };

  await restart();
  return { port, mails: () => readMailbox(mailbox), stop, restart, log: () => log };
}

function renderConfig(mailbox: string, port: number): string {
  return `table people { "@" = ${OWNER} }
listen on socket
listen on 127.0.0.1 port ${port} hostname localhost
action "mailbox" maildir "${mailbox}" virtual <people>
match from local for domain "example.com" action "mailbox"
`;
}

/** Oldest first: the names tell no more than the second of arrival. */
function readMailbox(mailbox: string): readonly ReceivedMail[] {
  const directory = join(mailbox, "new");
  // Made with the first mail.
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .map((name) => join(directory, name))
    .map((path) => ({ arrivedMs: statSync(path).mtimeMs, mail: parseMail(readFileSync(path, "utf8")) }))
    .toSorted((a, b) => a.arrivedMs - b.arrivedMs)
    .map(({ mail }) => mail);
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
