import type { Condition } from "./condition.ts";
import type { Show } from "./shown.ts";

const MAX_GLOB = 60;

/**
 * The command that silences a condition for a working day, ready to paste. A masked address is a glob that still
 * matches the real one; what could end the quoting, or was left out, becomes one as well. `own` follows it as it is.
 */
export function silenceCommand(condition: Condition, show: Show, own = ""): string {
  const { installation, agent, profile, reason } = condition;
  const matchers = [
    ["installation", installation],
    ...(agent === "" ? [] : [["agent", agent]]),
    profile === null ? ["reason", reason] : ["profile", profile],
  ].map(([label = "", value = ""]) => `${label}=${toGlob(value, show)}`);
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

function toGlob(value: string, show: Show): string {
  const glob = show(value)
    .replaceAll("[redacted]", "*")
    .replaceAll(/[^\p{L}\p{N}@._:/*+-]/gu, "?");
  const characters = Array.from(glob);
  // What was stripped from it, such as control characters, is not known any more.
  const isWhole = characters.length <= MAX_GLOB && (show(value) === value || glob.includes("*"));
  return isWhole ? glob : `${characters.slice(0, MAX_GLOB).join("")}*`;
}
