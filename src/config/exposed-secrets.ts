import { lookAt } from "../files.ts";
import type { Config } from "./config.ts";

const READABLE_BY_ALL = 0o004;
/** Keys whose text is a secret wherever they stand. */
const SECRET_KEYS = new Set(["token", "password", "signingSecret", "topic"]);

/**
 * What to warn of when everybody on the host can read secrets in a config file; null when nobody else can, or there are
 * none in it. What comes from a variable or a file of its own is not in the file.
 */
export function findExposedSecrets(config: Config, path: string, text: string): string | null {
  const look = lookAt(path);
  if (look.kind !== "found" || (look.stats.mode & READABLE_BY_ALL) === 0) return null;
  const names = listSections(config).flatMap(({ name, options, isSecretUrl }) =>
    Object.entries(options)
      .filter(([key, value]) => secretsOf(key, value, isSecretUrl).some((secret) => text.includes(secret)))
      .map(([key]) => `\`${key}\` of ${name}`),
  );
  if (names.length === 0) return null;
  return `${path}: everybody on this host can read it, and it holds ${names.join(", ")}; chmod 600 it, or keep them in files of their own`;
}

interface Section {
  readonly name: string;
  readonly options: object;
  readonly isSecretUrl: (address: URL) => boolean;
}

function listSections({ channels, heartbeat, push, remotes }: Config): readonly Section[] {
  const places = { heartbeat, "push.gateway": push.gateway, "push.otlp": push.otlp };
  return [
    ...channels.map(({ policy, options }) => ({
      name: `channel ${policy.name}`,
      options,
      isSecretUrl: isCapability,
    })),
    ...Object.entries(places).flatMap(([name, options]) =>
      options === null ? [] : [{ name, options, isSecretUrl: name === "heartbeat" ? isCapability : hasCredential }],
    ),
    ...remotes.map((options, index) => ({
      name: `remote ${options.name ?? index + 1}`,
      options,
      isSecretUrl: hasCredential,
    })),
  ];
}

function secretsOf(key: string, value: unknown, isSecretUrl: Section["isSecretUrl"]): readonly string[] {
  if (key === "headers") return Object.values(Object(value) as object).filter((one) => typeof one === "string");
  if (typeof value !== "string" || value === "") return [];
  if (SECRET_KEYS.has(key)) return [value];
  return key === "url" && isSecretUrl(new URL(value)) ? [value] : [];
}

/** An address with a path or credentials may let in whoever knows it; that of a server alone does not. */
function isCapability(address: URL): boolean {
  return address.username !== "" || address.pathname.length > 1 || hasCredential(address);
}

/** Where the path is the same for everybody. */
function hasCredential({ password, search }: URL): boolean {
  return password !== "" || search !== "";
}
