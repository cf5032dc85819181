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
  const sections = [
    ...config.channels.map(({ policy, options }) => [`channel ${policy.name}`, options] as const),
    ...(config.heartbeat === null ? [] : [["heartbeat", config.heartbeat] as const]),
  ];
  const names = sections.flatMap(([name, options]) =>
    Object.entries(options)
      .filter(([key, value]) => secretsOf(key, value).some((secret) => text.includes(secret)))
      .map(([key]) => `\`${key}\` of ${name}`),
  );
  if (names.length === 0) return null;
  return `${path}: everybody on this host can read it, and it holds ${names.join(", ")}; chmod 600 it, or keep them in files of their own`;
}

function secretsOf(key: string, value: unknown): readonly string[] {
  if (key === "headers") return Object.values(Object(value) as object).filter((one) => typeof one === "string");
  if (typeof value !== "string" || value === "") return [];
  if (SECRET_KEYS.has(key)) return [value];
  return key === "url" && isCapability(value) ? [value] : [];
}

/** An address with a path or credentials may let in whoever knows it; that of a server alone does not. */
function isCapability(address: string): boolean {
  const { username, pathname, search } = new URL(address);
  return username !== "" || pathname.length > 1 || search !== "";
}
