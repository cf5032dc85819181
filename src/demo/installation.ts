import { inventSecret } from "./secrets.ts";

export interface DemoInstallation {
  readonly directory: string;
  readonly configName: string;
  /** Text is written as it is. */
  readonly config: unknown;
  readonly stores: readonly DemoStore[];
}

export type Records = Readonly<Record<string, unknown>>;

export type DemoStore =
  | { readonly kind: "file"; readonly path: string; readonly content: unknown; readonly mode?: number }
  | ({ readonly kind: "agent-sqlite"; readonly agent: string } & Database)
  | ({ readonly kind: "state-sqlite" } & Database);

interface Database {
  readonly schemaVersion: number;
  /** Null leaves the tables empty. */
  readonly profiles: Records | null;
  readonly state: Records;
  readonly updatedAt: Date;
}

const HOUR = 3_600_000;

/** Instants counted from the moment the demo is written. */
export class Moments {
  readonly now: Date;

  constructor(now: Date) {
    this.now = now;
  }

  /** Unix milliseconds, so many hours from now. */
  in(hours: number): number {
    return this.now.getTime() + Math.round(hours * HOUR);
  }
}

export function token(provider: string, name: string, expires?: unknown): Records {
  return {
    type: "token",
    provider,
    token: inventSecret("sk-ant-oat01-", name),
    ...(expires === undefined ? {} : { expires }),
  };
}

export function key(provider: string, name: string): Records {
  return { type: "api_key", provider, key: inventSecret("sk-", name) };
}

export function oauth(provider: string, name: string, expires: number, email?: string): Records {
  const access = inventSecret("acc-", `${name}-access`);
  const refresh = inventSecret("ref-", `${name}-refresh`);
  return { type: "oauth", provider, access, refresh, expires, ...(email === undefined ? {} : { email }) };
}
