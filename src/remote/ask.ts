import type { Ask } from "./host.ts";
import type { HttpAgents } from "./http.ts";

/** Asks a remote in its own way; `etag` is that of the document that we have. */
export function createAsk(env: Readonly<Record<string, string | undefined>>): Ask {
  const agents: HttpAgents = new WeakMap();
  return async (target, etag, stop) =>
    target.kind === "ssh"
      ? (await import("./ssh.ts")).askOverSsh(target, { env, stop })
      : (await import("./http.ts")).askOverHttp(target, etag, { env, stop, agents });
}
