/** The agent that exists without being configured, and whose store was the base of all others up to 7.x. */
export const MAIN_AGENT = "main";

const PLAIN_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** An agent id as OpenClaw compares it: lower case, anything unusual as `-`, at most 64 characters, never empty. */
export function normaliseAgentId(id: string): string {
  const lower = id.trim().toLowerCase();
  const plain = PLAIN_ID.test(lower) ? lower : trimDashes(lower.replaceAll(/[^a-z0-9_-]+/g, "-")).slice(0, 64);
  return plain === "" ? MAIN_AGENT : plain;
}

/** By hand, for a pattern that ends in `-+$` looks at each dash of a long run again and again. */
function trimDashes(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === "-") start++;
  while (end > start && text[end - 1] === "-") end--;
  return text.slice(start, end);
}
