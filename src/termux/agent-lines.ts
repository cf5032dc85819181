import { basename } from "node:path";
import { describeFinding } from "../format/words.ts";
import { type AgentReport, type InstallationReport, type Snapshot, type Verdict, VERDICTS } from "../snapshot.ts";
import { cutLine, mask } from "./shown.ts";

/** How one agent is, or one host of which nothing was ever seen. */
export interface AgentLine {
  readonly of: "agent" | "host";
  readonly verdict: Verdict;
  /** Whether anything is known of it at this moment. */
  readonly isKnown: boolean;
  readonly text: string;
}

/** One line for each agent, the worst first. */
export function describeAgents(snapshot: Snapshot): readonly AgentLine[] {
  const installations = snapshot.installations.filter(({ kind }) => kind === "openclaw");
  const hasMany = installations.length > 1;
  const lines = installations.flatMap((installation) =>
    installation.agents
      .filter(({ isListed }) => isListed)
      .map((agent) => describeAgent(agent, installation, snapshot.at, hasMany)),
  );
  const unseen = snapshot.remotes
    .filter(({ lastSeenAt }) => lastSeenAt === null)
    .map(({ name, verdict }): AgentLine => ({
      of: "host",
      verdict,
      isKnown: false,
      text: cutLine(`? ${mask(name)}: never seen`),
    }));
  return [...lines, ...unseen].toSorted((a, b) => gravity(b) - gravity(a));
}

/** All of them in one sentence. */
export function summariseAgents(lines: readonly AgentLine[]): string {
  const agents = lines.filter((line) => line.of === "agent");
  const hosts = lines.length - agents.length;
  if (lines.length === 0) return "No agents found";
  const needing = agents.filter((line) => line.isKnown && needsSomebody(line.verdict)).length;
  const unknown = agents.filter(({ isKnown }) => !isKnown).length;
  const all = agents.length === 1 ? "1 agent" : `${agents.length} agents`;
  const isWell = needing + unknown === 0;
  if (isWell && hosts === 0) return `All is well: ${all}`;
  const parts = [
    ...(needing > 0 ? [`${needing} of ${all} ${needing === 1 ? "needs" : "need"} you`] : []),
    ...(unknown > 0 ? [`${unknown} of ${all} not known`] : []),
    ...(hosts > 0 ? [`${hosts === 1 ? "1 host" : `${hosts} hosts`} not known`] : []),
    ...(isWell && agents.length > 0 ? [`${all} well`] : []),
  ];
  return parts.join(", ");
}

function describeAgent(agent: AgentReport, installation: InstallationReport, at: Date, hasMany: boolean): AgentLine {
  // Together they look like an address.
  const name = [agent.id, ...(hasMany ? [installation.id] : [])].map(mask).join("@");
  const worst = installation.profiles
    .filter(({ usedBy }) => usedBy.includes(agent.id))
    .toSorted((a, b) => VERDICTS.indexOf(b.verdict) - VERDICTS.indexOf(a.verdict))[0];
  const isKnown = agent.canAnswer !== null;
  const isOfProfile = isKnown && worst !== undefined && isWorse(worst.verdict, agent.verdict);
  const verdict = isOfProfile ? worst.verdict : agent.verdict;
  if (!needsSomebody(verdict) && isKnown) return { of: "agent", verdict, isKnown, text: cutLine(`✓ ${name}: ok`) };
  const mark = isKnown ? (verdict === "critical" ? "✗" : "!") : "?";
  if (!isOfProfile)
    return {
      of: "agent",
      verdict,
      isKnown,
      text: cutLine(`${mark} ${name}: ${mask(shortMessage(agent, installation))}`),
    };
  const finding = { kind: "profile", code: 1, installation: installation.id, profile: worst } as const;
  const { word, detail } = describeFinding(finding, at);
  return {
    of: "agent",
    verdict,
    isKnown,
    text: cutLine(`${mark} ${name}: ${mask(`${worst.provider} ${word} ${detail}`)}`),
  };
}

/** Without the name, which stands before it, and what was known before a host went out of reach. */
function shortMessage({ id, message, reason }: AgentReport, { stores }: InstallationReport): string {
  const [now = ""] = message.split("; then: ");
  const path = stores.map((store) => store.path).find((one) => now.startsWith(`${one} `));
  // A path would fill the line; what to do about it is told by the other commands.
  if (path !== undefined) return `${basename(path)}${now.slice(path.length).split(";", 1)[0] ?? ""}`;
  return (now === "" ? reason.replaceAll("_", " ") : now).replace(`agent ${id} `, "");
}

function isWorse(one: Verdict, other: Verdict): boolean {
  return VERDICTS.indexOf(one) > VERDICTS.indexOf(other);
}

function needsSomebody(verdict: Verdict): boolean {
  return verdict === "warning" || verdict === "critical";
}

/** What is known to be critical, then what nobody knows, then the rest. */
function gravity({ verdict, isKnown }: AgentLine): number {
  if (!isKnown) return VERDICTS.indexOf("critical") - 0.5;
  return VERDICTS.indexOf(verdict);
}
