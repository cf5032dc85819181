import type { RemoteAnswer } from "./answer.ts";
import type { RemoteTarget } from "./target.ts";

/** Asks a remote in its own way; `etag` is that of the document that we have. Never throws for what it answers. */
export function createAsk(
  env: Readonly<Record<string, string | undefined>>,
): (target: RemoteTarget, etag: string | null) => Promise<RemoteAnswer> {
  return async (target, etag) =>
    target.kind === "ssh"
      ? (await import("./ssh.ts")).askOverSsh(target, env)
      : (await import("./http.ts")).askOverHttp(target, etag, env);
}
