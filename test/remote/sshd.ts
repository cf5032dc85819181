import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { listen } from "../channels/http-receiver.ts";
import { waitFor } from "../wait.ts";

export interface Sshd {
  readonly port: number;
  /** The private key that it lets in. */
  readonly key: string;
  /** For `ssh -F`. */
  readonly clientConfig: string;
  stop(): Promise<void>;
  /** Listens on the same port again after it was stopped. */
  restart(): Promise<void>;
}

/** A port of loopback that nobody has at the moment. */
export async function findFreePort(): Promise<number> {
  const free = createServer();
  const port = await listen(free);
  await new Promise((resolve) => free.close(resolve));
  return port;
}

/** A real server for one key, as the user who runs the tests. */
export async function startSshd(sshd: string, directory: string): Promise<Sshd> {
  const port = await findFreePort();
  const [hostKey, key] = ["host", "client"].map((name) => join(directory, `${name}-key`)) as [string, string];
  for (const path of [hostKey, key]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path]);
  const clientConfig = join(directory, "client.conf");
  const knownHosts = join(directory, "known-hosts");
  writeFileSync(
    clientConfig,
    `IdentityFile ${key}\nIdentitiesOnly yes\nStrictHostKeyChecking accept-new\nUserKnownHostsFile ${knownHosts}\n`,
  );
  const options = {
    Port: port,
    ListenAddress: "127.0.0.1",
    HostKey: hostKey,
    AuthorizedKeysFile: `${key}.pub`,
    PidFile: "none",
    UsePAM: "no",
    StrictModes: "no",
    PasswordAuthentication: "no",
    PermitRootLogin: "prohibit-password",
  };
  const config = join(directory, "sshd.conf");
  writeFileSync(
    config,
    Object.entries(options)
      .map((pair) => pair.join(" "))
      .join("\n"),
  );
  // Debian makes it when the service starts.
  if (process.getuid?.() === 0 && !existsSync("/run/sshd")) mkdirSync("/run/sshd", { mode: 0o755 });
  let stop = await run(sshd, config);
  return {
    port,
    key,
    clientConfig,
    stop: async () => stop(),
    async restart() {
      stop = await run(sshd, config);
    },
  };
}

async function run(sshd: string, config: string): Promise<() => Promise<void>> {
  const child = spawn(sshd, ["-D", "-e", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  await waitFor("sshd to listen", () => (said.includes("Server listening") ? true : null));
  return async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once("exit", resolve));
  };
}
