import type { ExecFileException } from "node:child_process";
import { redactSecrets } from "../redact.ts";
import { type AskOptions, MAX_DOCUMENT_BYTES, type RemoteAnswer, unreachable } from "./answer.ts";
import type { SshTarget } from "./target.ts";

/** `ssh` and its agent, and nothing that agents keep in the environment. */
const PASSED_ON = ["HOME", "PATH", "LANG", "LC_ALL", "TMPDIR", "PREFIX", "USER", "LOGNAME", "SSH_AUTH_SOCK"];

/** Codes of `check` with a document before them. */
const ANSWERED: ReadonlySet<unknown> = new Set([0, 1, 2, 3]);
const CONNECT_SECONDS = 10;

/** Runs `agent-auth check --json` of a host alone (two that watch each other would ask each other for ever) by the user's own `ssh`, which asks nothing and waits a bounded time. */
export async function askOverSsh(
  { destination, port, config }: SshTarget,
  { env, stop }: AskOptions,
): Promise<RemoteAnswer> {
  const { execFile } = await import("node:child_process");
  const options = ["-C", "-T", "-o", "BatchMode=yes", "-o", `ConnectTimeout=${CONNECT_SECONDS}`];
  const args = [
    ...options,
    ...(port === "" ? [] : ["-p", port]),
    "--",
    destination,
    `${config.program} check --json --local`,
  ];
  const given = Object.fromEntries(PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
  return new Promise((resolve) => {
    const child = execFile(
      "ssh",
      args,
      { env: given, timeout: config.timeoutMs, killSignal: "SIGKILL", maxBuffer: MAX_DOCUMENT_BYTES, signal: stop },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        // The check was made for us.
        const times = { checkedAt: null, clockAt: "with-document" } as const;
        if (ANSWERED.has(code)) resolve({ kind: "document", text: stdout, etag: null, ...times });
        else resolve(unreachable(describeFailure(error, stderr, config)));
      },
    );
    child.stdin?.end();
  });
}

function describeFailure(
  error: ExecFileException | null,
  stderr: string,
  { timeoutMs, program }: SshTarget["config"],
): string {
  const said = lastLine(stderr);
  if (error?.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER")
    return `the answer is larger than ${MAX_DOCUMENT_BYTES} bytes`;
  if (error?.killed === true) return `no answer within ${timeoutMs / 1_000} s`;
  switch (error?.code) {
    case "ENOENT":
      return "ssh is not installed here; install openssh";
    case 255:
      return `ssh cannot log in${said}; try it by hand, without a question it must succeed`;
    case 126:
    case 127:
      return `\`${program}\` cannot be started there; name its full path in \`program\``;
    default:
      return `\`${program} check --json\` failed there (${error?.signal ?? error?.code ?? "unknown error"})${said}`;
  }
}

function lastLine(text: string): string {
  const line = text.trim().split("\n").at(-1)?.trim() ?? "";
  // What another host prints is shown on a terminal.
  return line === "" ? "" : `: ${redactSecrets(line.replaceAll(/[^\x20-\x7e]/g, "?")).slice(0, 160)}`;
}
