import { digestId } from "../id-digest.ts";
import type { Condition } from "./condition.ts";
import { matchesGlob } from "./match.ts";
import type { Show } from "./shown.ts";

const MAX_LENGTH = 60;

/**
 * The command that silences a condition for a working day, and nothing else, ready to paste. A masked address is a glob
 * that still matches the real one; what could end the quoting, or was left out, becomes one as well; and because others
 * may match it too, a digest behind it says which is meant. `own` follows it as it is.
 */
export function silenceCommand(condition: Condition, show: Show, own = ""): string {
  const { installation, agent, profile, reason } = condition;
  const matchers = [
    ["installation", installation],
    ...(agent === "" ? [] : [["agent", agent]]),
    profile === null ? ["reason", reason] : ["profile", profile],
  ].map(([label = "", value = ""]) => `${label}=${toPattern(value, show)}`);
  return `agent-auth notify silence add '${matchers.join(",")}' --for 8h${own}`;
}

/** Options behind a command, quoted for a shell where they need it. */
export function renderOptions(options: readonly string[], show: Show): string {
  return options
    .map(show)
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .map((word) => ` ${word}`)
    .join("");
}

function toPattern(value: string, show: Show): string {
  const glob = show(value)
    .replaceAll("[redacted]", "*")
    .replaceAll(/[^\p{L}\p{N}@._:/*+-]/gu, "?");
  const characters = Array.from(glob);
  const isShort = characters.length <= MAX_LENGTH;
  if (isShort && glob === value && value !== "" && !/[*?]/.test(value)) return value;
  const start = isShort ? glob : `${characters.slice(0, MAX_LENGTH).join("")}*`;
  // What was stripped from it, such as control characters, is not known any more.
  return `${matchesGlob(value, start) ? start : "*"}~${digestId(value)}`;
}
