import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import { ConfigError } from "../errors.ts";
import { ownHome } from "../own-home.ts";
import { maskEmails, redactSecrets } from "../redact.ts";
import { chooseStoragePath, writeAtomically } from "../storage.ts";
import { tildeHome } from "../termux/shown.ts";
import type { CommandContext } from "./command.ts";
import { describeGap, describeUntold } from "./config-gap.ts";

const MAX_SHOWN = 240;
export const CONFIG_MISTAKE_ID = "agent-auth-config";
const SEE = "run agent-auth config check";
const UNWATCHING = `agent-auth does not watch: ${SEE}`;
const UNTOLD = `agent-auth tells nobody: ${SEE}`;

type Found = Pick<LoadedConfig, "config" | "path">;
type Surroundings = Pick<CommandContext, "env">;

/**
 * On a phone nobody reads what a job or a service prints, and a config that cannot be used would silence it for good: so
 * it is on the screen, once for as long as the notification stays there. Elsewhere whoever starts us tells of exit 78.
 */
export async function showConfigMistake(error: unknown, { env }: Surroundings): Promise<void> {
  if (!(error instanceof ConfigError) || !isPhone(env)) return;
  await show(UNWATCHING, error.message, env);
}

/**
 * The same for a config that can be used, but by which nobody would ever be told of anything: whatever was started to
 * tell, as with a config that a full disk cut short, would be silent for good. Any other config takes both off the screen.
 */
export async function showConfigGap({ config, path }: Found, { env }: Surroundings): Promise<void> {
  if (!isPhone(env)) return;
  const gap = describeGap(config);
  if (gap === null) await endConfigMistake({ env });
  else await show(describeUntold(config) === null ? UNWATCHING : UNTOLD, `${path ?? "no config file"}: ${gap}`, env);
}

/**
 * For a process that reads its config again and again: what each of them leaves on the screen, in their order. One that
 * `isTelling` was not asked of may be there for its metrics alone.
 */
export function openConfigScreen(
  surroundings: Surroundings,
  { isTelling }: { readonly isTelling: boolean },
): (found: Found) => void {
  let last: Promise<void> = Promise.resolve();
  return (found) => {
    const settle = async (): Promise<void> =>
      isTelling ? showConfigGap(found, surroundings) : endConfigMistake(surroundings);
    last = last.then(settle).catch(() => undefined);
  };
}

async function show(title: string, text: string, env: CommandContext["env"]): Promise<void> {
  const said = maskEmails(redactSecrets(text)).replaceAll(/\s+/g, " ");
  const content = tildeHome(said, ownHome(env)).slice(0, MAX_SHOWN);
  try {
    writeAtomically(markOf(env), "");
  } catch {
    // On a full disk it is better to show it and not to take it away than the other way round.
  }
  const { openPhone } = await import("../termux/phone.ts");
  await openPhone(env).notify({ id: CONFIG_MISTAKE_ID, title, content });
}

/** Takes that off the screen. Never rejects. */
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

export function isPhone(env: CommandContext["env"]): boolean {
  return env["PREFIX"]?.endsWith("/com.termux/files/usr") === true;
}

/** There while it may be on the screen. What the config says of places is not known then, so it is at the usual one. */
function markOf(env: CommandContext["env"]): string {
  return join(chooseStoragePath(null, env), "config-mistake-shown");
}
