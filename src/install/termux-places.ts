import { existsSync } from "node:fs";
import { join } from "node:path";
import { UnavailableError } from "../errors.ts";
import { ownHome } from "../own-home.ts";
import type { InstallRequest } from "./target.ts";

/** Where things are on this phone. */
export interface Places {
  readonly prefix: string;
  readonly home: string;
  readonly service: string;
  readonly log: string;
  readonly job: string;
  readonly cron: string;
  readonly boot: string;
  readonly shortcuts: string;
}

/** As every Termux and its forks have it: shells and scripts there count on a path without blanks. */
const TERMUX_PREFIX = /^\/[\w@+=:,./-]+\/files\/usr$/;

/** Throws `UnavailableError` outside of Termux. */
export function findPlaces({ env }: Pick<InstallRequest, "env">): Places {
  const prefix = env["PREFIX"] ?? "";
  if (!TERMUX_PREFIX.test(prefix) || !existsSync(join(prefix, "bin/sh"))) {
    const found = prefix === "" ? "no $PREFIX" : `PREFIX=${prefix}`;
    throw new UnavailableError(`termux: expected to run in Termux on Android, found ${found}; run it there`);
  }
  const home = ownHome(env);
  return {
    prefix,
    home,
    service: join(prefix, "var/service/agent-auth"),
    log: join(prefix, "var/log/sv/agent-auth"),
    job: join(prefix, "libexec/agent-auth/job"),
    cron: join(prefix, "libexec/agent-auth/cron"),
    boot: join(home, ".termux/boot/agent-auth"),
    shortcuts: join(home, ".shortcuts"),
  };
}
