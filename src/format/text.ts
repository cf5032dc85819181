import { selectSnapshot } from "../select.ts";
import type { Snapshot } from "../snapshot.ts";
import type { CheckReport } from "./format.ts";
import { describeFinding } from "./words.ts";

/** One line per finding, gravest first, or one line that says there is nothing to do. */
export function renderText({ snapshot, question, findings }: CheckReport): string {
  if (findings.length === 0) return `ok: ${count(selectSnapshot(snapshot, question))} checked, nothing to do\n`;
  const lines = findings.map((finding) => {
    const { word, where, detail, action } = describeFinding(finding, snapshot.at);
    return [`${word}: ${where}`, detail === "" ? "" : `, ${detail}`, action === null ? "" : ` → ${action}`].join("");
  });
  // The verdict on an agent may be that its store cannot be read, which is a finding of its own.
  return `${[...new Set(lines)].join("\n")}\n`;
}

function count({ installations }: Snapshot): string {
  const profiles = installations.reduce((sum, { profiles: rows }) => sum + rows.length, 0);
  const agents = installations.reduce((sum, { agents: rows }) => sum + rows.length, 0);
  return `${plural(profiles, "profile")} of ${plural(agents, "agent")}`;
}

/** `1 profile`, `2 profiles`. */
export function plural(number: number, noun: string, nouns = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : nouns}`;
}
