import type { ConfiguredChannel } from "../channels/kind.ts";
import { findProgramFault } from "../channels/program.ts";
import { CHANNEL_KINDS } from "../channels/registry.ts";
import { expandHome, openSecrets, SecretError, unreadable } from "../channels/secret.ts";
import type { Config } from "../config/config.ts";
import { readTextFile } from "../files.ts";
import { findAuthorityMistake } from "../remote/authority.ts";
import { findLineMistake } from "../remote/sendable.ts";
import { describeOpenSending, toTargets } from "../remote/target.ts";
import type { CommandContext } from "./command.ts";
import { describeUntold, describeUnwatching } from "./config-gap.ts";
import { isPhone } from "./config-mistake.ts";

type Env = CommandContext["env"];

/** What keeps a channel from sending, as far as this host tells: a file or a program that is not there, a sentence each. */
export function findChannelFaults({ type, options }: ConfiguredChannel, env: Env): readonly string[] {
  const kinds: Readonly<Record<string, { program?(options: object): string | null }>> = CHANNEL_KINDS;
  const program = kinds[type]?.program?.(options) ?? null;
  const fault = program === null ? null : findProgramFault(program, env);
  return [...findFileFaults(options, env), ...(fault === null ? [] : [fault])];
}

/** What is valid in a config and will not work here or is unwise, a sentence each; for a person. */
export function listConfigFaults(config: Config, env: Env): readonly string[] {
  const { channels, heartbeat, push, remotes } = config;
  const places = { heartbeat, "push.gateway": push.gateway, "push.otlp": push.otlp };
  // Elsewhere whoever wants to be told of nothing has metrics.
  const gaps = [isPhone(env) ? describeUntold(config) : null, describeUnwatching(config)];
  return [
    ...gaps.filter((gap) => gap !== null),
    ...channels.flatMap((channel) =>
      findChannelFaults({ ...channel, options: withoutCredentials(channel.options) }, env).map(
        (fault) => `channel ${channel.policy.name}: ${fault}`,
      ),
    ),
    ...Object.entries(places).flatMap(([name, options]) =>
      findFileFaults(withoutCredentials(options ?? {}), env).map((fault) => `${name}: ${fault}`),
    ),
    ...toTargets(remotes).flatMap((target) => {
      const danger = describeOpenSending(target);
      const faults = findFileFaults(withoutCredentials(target.config), env);
      return [...faults.map((fault) => `remote ${target.name}: ${fault}`), ...(danger === null ? [] : [danger])];
    }),
  ];
}

/** What systemd hands to a service is there while that runs, and for it alone. */
function withoutCredentials(options: object): object {
  const isFromSystemd = (value: unknown): boolean => typeof value === "string" && value.startsWith("/run/credentials/");
  return Object.fromEntries(Object.entries(options).filter(([, value]) => !isFromSystemd(value)));
}

function findFileFaults(options: object, env: Env): readonly string[] {
  const secrets = openSecrets(options, env);
  return Object.entries(options)
    .filter(([key, path]) => key.endsWith("File") && typeof path === "string")
    .flatMap(([key, path]) => {
      try {
        if (key === "caFile") return findAuthorityFaults(String(path), env);
        const text = secrets.get(key.slice(0, -"File".length));
        // Headers have a line each.
        const fault = text === null || key === "headersFile" ? null : findLineMistake(key, text);
        return fault === null ? [] : [fault];
      } catch (error) {
        if (error instanceof SecretError) return [error.message];
        throw error;
      }
    });
}

/** A bundle of all public authorities is larger than any secret. */
function findAuthorityFaults(path: string, env: Env): readonly string[] {
  const reading = readTextFile(expandHome(path, env));
  if (reading.kind === "failed") throw unreadable("caFile", path, reading.problem.reason);
  const mistake = findAuthorityMistake(reading.text);
  return mistake === null ? [] : [mistake];
}
