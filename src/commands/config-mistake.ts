import { ConfigError } from "../errors.ts";
import { maskEmails, redactSecrets } from "../redact.ts";
import { openPhone } from "../termux/phone.ts";
import type { CommandContext } from "./command.ts";

const MAX_SHOWN = 240;

/**
 * On a phone nobody reads what a job or a service prints, and a config that cannot be used would silence it for good: so
 * it is on the screen, once for as long as the notification stays there. Elsewhere whoever starts us tells of exit 78.
 */
export async function showConfigMistake(error: unknown, { env }: Pick<CommandContext, "env">): Promise<void> {
  if (!(error instanceof ConfigError) || env["PREFIX"]?.endsWith("/com.termux/files/usr") !== true) return;
  const said = maskEmails(redactSecrets(error.message)).replaceAll(/\s+/g, " ").slice(0, MAX_SHOWN);
  const title = "agent-auth does not watch: run agent-auth config check";
  await openPhone(env).notify({ id: "agent-auth-config", title, content: said });
}
