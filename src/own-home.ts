import { userInfo } from "node:os";
import { resolve } from "node:path";

/**
 * Home directory of the user we run as, absolute: `HOME`, else `USERPROFILE`, else what the system knows. A variable
 * without a value counts as none; Node's `homedir()` would take it for the current directory.
 */
export function ownHome(env: Readonly<Record<string, string | undefined>>): string {
  for (const value of [env["HOME"], env["USERPROFILE"]]) {
    const named = value?.trim() ?? "";
    if (named !== "") return resolve(named);
  }
  try {
    return resolve(userInfo().homedir);
  } catch {
    // A container may run as a user that nobody made.
    return resolve("/");
  }
}
