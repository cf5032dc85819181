import { alertmanager } from "./alertmanager.ts";
import { command } from "./command.ts";
import { email } from "./email.ts";
import type { ChannelKind } from "./kind.ts";
import { ntfy } from "./ntfy.ts";
import { termux } from "./termux.ts";
import { webhook } from "./webhook.ts";

/** Every type of channel. A new one is a file and a line here: config, docs and contract tests follow from it. */
export const CHANNEL_KINDS = {
  email,
  webhook,
  ntfy,
  alertmanager,
  command,
  termux,
} satisfies Record<string, ChannelKind<object>>;
