import type { Snapshot } from "./snapshot.ts";

/**
 * How a command begins that runs on another host over SSH; `address` is `ssh://[user@]host[:port]`, as the config names
 * it. Null for any other address.
 */
export function sshLogin(address: string): string | null {
  const match = /^ssh:\/\/(?<user>[^@]+@)?(?:\[(?<number>[^\]]+)\]|(?<name>[^:[\]]+))(?::(?<port>\d+))?$/.exec(address);
  const { user = "", number, name, port } = match?.groups ?? {};
  const host = number ?? name;
  return host === undefined ? null : `ssh -t ${port === undefined ? "" : `-p ${port} `}${user}${host} `;
}

/** The same for each installation of a host that is asked over SSH, by its id. */
export function findLogins({
  installations,
  remotes,
}: Pick<Snapshot, "installations" | "remotes">): ReadonlyMap<string, string> {
  const logins = new Map(remotes.map(({ name, address }) => [name, sshLogin(address)]));
  return new Map(
    installations.flatMap(({ id, remote }) => {
      const login = logins.get(remote ?? "") ?? null;
      return login === null ? [] : [[id, login] as const];
    }),
  );
}

/** `mask` over a command, but not over its login by SSH, which the config names: `user@host` is no e-mail address there. */
export function maskCommand(command: string, login: string, mask: (text: string) => string): string {
  return command.startsWith(login) ? login + mask(command.slice(login.length)) : mask(command);
}

export interface CommandContext {
  readonly agent: string;
  /** Nothing where it runs here. */
  readonly login: string;
  readonly mask: (text: string) => string;
  /** What a command of ours needs besides, with a space in front. */
  readonly options: string;
}

/** A command that masking would change does something else: then the one that shows it on the host. */
export function showCommand(command: string, { agent, login, mask, options }: CommandContext): string {
  const masked = maskCommand(command, login, mask);
  if (masked === command || command.startsWith("#")) return masked;
  const isPlain = /^[\w.-]+$/.test(agent) && mask(agent) === agent;
  return `agent-auth status${isPlain ? ` --agent ${agent}` : ""}${options}  # shows the exact command; it holds what is masked here`;
}
