import { LOGIN_FORMATS } from "../stores/registry.ts";
import type { LoginFormat } from "../stores/format.ts";
import { readPrefixed } from "./environment-overrides.ts";
import { type Environment, readPath } from "./homes.ts";

/** Everything that our environment says of places to look at: two processes for which it is the same look at the same. */
export function readPlaceVariables(env: Environment, home: string): readonly (string | null)[] {
  const logins = Object.values<LoginFormat>(LOGIN_FORMATS).map(({ directoryVariable }) =>
    directoryVariable === null ? null : readPath(env[directoryVariable], home),
  );
  return [readPath(env["OPENCLAW_HOME"], home), ...readPrefixed("STATE_DIR", env, home).values(), ...logins];
}
