import { UsageError } from "../errors.ts";
import { isLoopback } from "../listen-address.ts";
import { redactSecrets } from "../redact.ts";

/** Another host whose agents are watched from here, as the config or the command line names it. */
export interface RemoteConfig {
  /** Part of the ids of its installations; null takes the name of the host. */
  readonly name: string | null;
  /** `https://host[:port]`, `http://…`, or `ssh://[user@]host[:port]`; may hold a password and is never shown. */
  readonly url: string;
  readonly user: string | null;
  readonly password: string | null;
  readonly passwordFile: string | null;
  readonly token: string | null;
  readonly tokenFile: string | null;
  /** PEM file of the authority that signed the server's certificate. */
  readonly caFile: string | null;
  /** The program to start over SSH. */
  readonly program: string;
  readonly timeoutMs: number;
}

export type RemoteTarget = HttpTarget | SshTarget;

interface TargetBase {
  readonly name: string;
  /** For people: without credentials. */
  readonly shown: string;
  readonly config: RemoteConfig;
}

export interface HttpTarget extends TargetBase {
  readonly kind: "http";
  /** Address of the status document, without credentials. */
  readonly url: URL;
  /** Those of the address itself. */
  readonly user: string;
  readonly password: string;
}

export interface SshTarget extends TargetBase {
  readonly kind: "ssh";
  /** As `ssh` takes it: `user@host`. */
  readonly destination: string;
  readonly port: string;
}

export const DEFAULT_REMOTE: Omit<RemoteConfig, "url"> = {
  name: null,
  user: null,
  password: null,
  passwordFile: null,
  token: null,
  tokenFile: null,
  caFile: null,
  program: "agent-auth",
  timeoutMs: 20_000,
};

const STATUS_PATH = "/api/v1/status";

/** What is wrong with an address, as `expected …`; null when it can be asked. */
export function findAddressMistake(address: string): string | null {
  return parseAddress(address) === null ? "an address such as https://host:10884 or ssh://host" : null;
}

/** An address that cannot be used, as an error may show it: without what may be credentials. */
export function showAddress(address: string): string {
  return redactSecrets(address.replace(/\/\/.*@/s, "//[masked]@").replace(/[?#].*$/s, "…"));
}

/** Each remote with an address to ask and a name of its own. Throws `UsageError` for an address that is none. */
export function toTargets(remotes: readonly RemoteConfig[]): readonly RemoteTarget[] {
  const taken = new Set<string>();
  const take = (wanted: string): string => {
    const name = makeUnique(wanted, taken);
    taken.add(name);
    return name;
  };
  // Those that somebody chose go first: they are in alerts, silences and dashboards.
  const chosen = remotes.map(({ name }) => (name === null ? null : take(name)));
  return remotes.map((config, index) => {
    const parsed = parseAddress(config.url);
    if (parsed === null) {
      throw new UsageError(`--remote: expected ${findAddressMistake(config.url)}, got "${showAddress(config.url)}"`);
    }
    return { ...parsed.target, name: chosen[index] ?? take(parsed.host), config };
  });
}

type Unnamed<T> = T extends unknown ? Omit<T, "name" | "config"> : never;

interface Parsed {
  readonly host: string;
  readonly target: Unnamed<RemoteTarget>;
}

function parseAddress(address: string): Parsed | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.search !== "" || url.hash !== "") return null;
  if (url.protocol === "ssh:") return parseSsh(url);
  return url.protocol === "http:" || url.protocol === "https:" ? parseHttp(url) : null;
}

function parseHttp(url: URL): Parsed | null {
  const credentials = decodeCredentials(url);
  if (credentials === null) return null;
  const status = new URL(url);
  status.username = "";
  status.password = "";
  // A proxy in front may serve it below a path.
  if (!status.pathname.endsWith(STATUS_PATH)) status.pathname = status.pathname.replace(/\/*$/, STATUS_PATH);
  const shown = status.href.slice(0, -STATUS_PATH.length);
  return { host: withoutBrackets(url.hostname), target: { kind: "http", shown, url: status, ...credentials } };
}

function parseSsh(url: URL): Parsed | null {
  const { hostname: host, port } = url;
  const credentials = decodeCredentials(url);
  // `ssh` would take a host that begins with a dash for an option; a password has no place in the address.
  if (credentials === null || credentials.password !== "" || !/^\/?$/.test(url.pathname) || !isHost(host)) return null;
  const { user } = credentials;
  if (user !== "" && !isName(user)) return null;
  const plainHost = withoutBrackets(host);
  const destination = user === "" ? plainHost : `${user}@${plainHost}`;
  // Two servers behind one address differ in nothing but the port.
  const shown = `ssh://${user === "" ? "" : `${user}@`}${host}${port === "" ? "" : `:${port}`}`;
  return { host: plainHost, target: { kind: "ssh", shown, destination, port } };
}

function isHost(text: string): boolean {
  return isName(text) || /^\[[0-9a-fA-F:.]+\]$/.test(text);
}

/** Nothing that `ssh` would take for an option. */
function isName(text: string): boolean {
  return /^[\p{L}\p{N}_][\p{L}\p{N}._-]*$/u.test(text);
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

function decodeCredentials({ username, password }: URL): { readonly user: string; readonly password: string } | null {
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return null;
  }
}

/** What to warn of when everybody on the way can read the credentials that are sent; else null. Names none of them. */
export function describeOpenSending(target: RemoteTarget): string | null {
  if (target.kind === "ssh" || target.url.protocol !== "http:") return null;
  const { user, token, tokenFile } = target.config;
  const isSent = target.user !== "" || [user, token, tokenFile].some((one) => one !== null);
  if (!isSent || isLoopback({ host: withoutBrackets(target.url.hostname), port: 0 })) return null;
  return `${target.name} (${target.shown}): its credentials can be read by everybody on the way; use https:// or ssh://`;
}

/** `name`, or with a number behind it where another has that name. */
export function makeUnique(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let number = 2; ; number++) if (!taken.has(`${name}-${number}`)) return `${name}-${number}`;
}
