import type { Condition } from "./condition.ts";
import type { Show } from "./shown.ts";

const MAX_GLOB = 60;

/**
 * The command that silences a condition for a working day, ready to paste. A masked address is a glob that still
 * matches the real one; what could end the quoting, or was left out, becomes one as well.
 */
export function silenceCommand(condition: Condition, show: Show): string {
  const { installation, agent, profile, reason } = condition;
  const matchers = [
    ["installation", installation],
    ...(agent === "" ? [] : [["agent", agent]]),
    profile === null ? ["reason", reason] : ["profile", profile],
  ].map(([label = "", value = ""]) => `${label}=${toGlob(value, show)}`);
  return `agent-auth notify silence add '${matchers.join(",")}' --for 8h`;
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
