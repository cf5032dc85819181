import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../errors.ts";
import { ownHome } from "../own-home.ts";
import { maskEmails, redactSecrets } from "../redact.ts";
import { chooseStoragePath, writeAtomically } from "../storage.ts";
import { tildeHome } from "../termux/shown.ts";
import type { CommandContext } from "./command.ts";

const MAX_SHOWN = 240;
export const CONFIG_MISTAKE_ID = "agent-auth-config";
const TITLE = "agent-auth does not watch: run agent-auth config check";

type Surroundings = Pick<CommandContext, "env">;

/**
 * On a phone nobody reads what a job or a service prints, and a config that cannot be used would silence it for good: so
 * it is on the screen, once for as long as the notification stays there. Elsewhere whoever starts us tells of exit 78.
 */
export async function showConfigMistake(error: unknown, { env }: Surroundings): Promise<void> {
  if (!(error instanceof ConfigError) || !isPhone(env)) return;
  const said = maskEmails(redactSecrets(error.message)).replaceAll(/\s+/g, " ");
  const content = tildeHome(said, ownHome(env)).slice(0, MAX_SHOWN);
  try {
    writeAtomically(markOf(env), "");
  } catch {
    // On a full disk it is better to show it and not to take it away than the other way round.
  }
  const { openPhone } = await import("../termux/phone.ts");
  await openPhone(env).notify({ id: CONFIG_MISTAKE_ID, title: TITLE, content });
}

/** Takes that off the screen, by whoever finds a config that can be used. Never rejects. */
export async function endConfigMistake({ env }: Surroundings): Promise<void> {
  if (!isPhone(env) || !existsSync(markOf(env))) return;
  const { openPhone } = await import("../termux/phone.ts");
  if (!(await openPhone(env).takeAway(CONFIG_MISTAKE_ID))) return;
  try {
    rmSync(markOf(env), { force: true });
  } catch {
    // The next one tries again.
  }
}

function isPhone(env: CommandContext["env"]): boolean {
  return env["PREFIX"]?.endsWith("/com.termux/files/usr") === true;
}

/** There while it may be on the screen. What the config says of places is not known then, so it is at the usual one. */
function markOf(env: CommandContext["env"]): string {
  return join(chooseStoragePath(null, env), "config-mistake-shown");
}
