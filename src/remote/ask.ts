import type { Ask } from "./host.ts";
import type { TlsSessions } from "./tls-session.ts";

/** Asks a remote in its own way; over TLS it goes on with the session of the last time. */
export function createAsk(env: Readonly<Record<string, string | undefined>>, sessions: TlsSessions): Ask {
  return async (target, { etag, now, stop }) =>
    target.kind === "ssh"
      ? (await import("./ssh.ts")).askOverSsh(target, { env, stop })
      : (await import("./http.ts")).askOverHttp(target, etag, { env, stop, now, sessions });
}
