import { formatDuration } from "../duration.ts";
import type { Finding } from "../findings.ts";
import type { Problem } from "../problem.ts";
import {
  type AgentReport,
  findWhereToMend,
  type Looked,
  type ProfileReport,
  type ProfileVerdictReason,
  type ProviderReport,
  type StatusReason,
  type Unusable,
  type Snapshot,
} from "../snapshot.ts";
import { clean } from "./terminal.ts";

/** A finding in words: what is the matter, where, how it stands, and the command that mends it. */
export interface FindingWords {
  readonly word: string;
  readonly where: string;
  readonly detail: string;
  readonly action: string | null;
}

/** Puts a finding into words, seen from the instant `at`. */
export function describeFinding(finding: Finding, at: Date): FindingWords {
  switch (finding.kind) {
    case "profile": {
      const { profile } = finding;
      const where = `${finding.installation}/${profile.owner} ${profile.profileId}`;
      return make(wordOfProfile(profile), where, describeProfile(profile, at), profile.action);
    }
    case "provider": {
      const { agent, provider } = finding;
      const where = `${finding.installation}/${agent.id} ${provider.provider}`;
      return make(wordOfProvider(provider), where, describeProvider(provider, finding.isRefreshable), finding.action);
    }
    case "agent":
      return describeAgentFinding(finding.installation, finding.agent);
    case "problem": {
      const { reason, path, message } = finding.problem;
      const parts = [finding.installation, finding.owner].filter((part) => part !== null);
      const place = parts.length === 0 ? "host" : parts.join("/");
      return make(reason, message.includes(path) ? place : `${place} ${path}`, message, null);
    }
    case "nothing_found":
      return make("not_found", "host", describeNothingFound(finding.looked), null);
  }
}

/** The problems of the host, without that nothing is installed where `describeNothingFound` says so. */
export function listHostProblems({ installations, problems }: Snapshot): readonly Problem[] {
  if (installations.length > 0) return problems;
  return problems.filter(({ reason, path }) => !(reason === "not_found" && path === ""));
}

export const LOOKS_NOWHERE =
  "nothing is watched, because `discovery.local` is false and `remotes` names no host; " +
  "name one there, or leave `discovery.local` out";

/** Says where we looked, unless that stands above, to a person who expected something there, and what to do. */
export function describeNothingFound(looked: Looked, isListedAbove = false): string {
  const { searched, remotes } = looked;
  if (searched.length === 0 && remotes.length === 0) return LOOKS_NOWHERE;
  const where =
    searched.length === 0
      ? ", for no home directory was there to search"
      : isListedAbove
        ? ""
        : `; searched ${searched.map(clean).join(", ")}`;
  return `no OpenClaw, Clawdbot or Moltbot installation found${where}. ${describeWhereToMend(looked)}`;
}

/** What to do where nothing was found. Our own options do not concern another host. */
function describeWhereToMend(looked: Looked): string {
  const { isHere, remotes } = findWhereToMend(looked);
  const there = remotes.map(
    (name) => `On ${clean(name)}: set up an agent there, or name its home in \`discovery.homes\` of the config there`,
  );
  return [...(isHere ? ["Name one with --state-dir or its home with --home"] : []), ...there].join(". ");
}

function make(word: string, where: string, detail: string, action: string | null): FindingWords {
  return { word, where: clean(where), detail: clean(detail), action: action === null ? null : clean(action) };
}

function wordOfProfile(profile: ProfileReport): string {
  const isFineByStatus = profile.status === "ok" || profile.status === "static";
  return isFineByStatus ? profile.verdictReason : profile.status;
}

function wordOfProvider(provider: ProviderReport): string {
  return provider.usable === 0 ? "no_usable_credential" : provider.status;
}

function describeProvider({ total, usable }: ProviderReport, isRefreshable: boolean): string {
  if (total === 0) return "nothing stored";
  const stored = `${usable} of ${total === 1 ? "1 profile" : `${total} profiles`} usable`;
  return isRefreshable ? `${stored}, ${NOTES.refreshable}` : stored;
}

function describeAgentFinding(installation: string, agent: AgentReport): FindingWords {
  return make(agent.reason, `${installation}/${agent.id}`, agent.message, agent.action);
}

/** When a profile ends and what else there is to know, such as `expired 2h ago, refreshes itself`. */
function describeProfile(profile: ProfileReport, at: Date): string {
  return [describeExpiry(profile, at), describeNote(profile, profile.unusable, at)]
    .filter((part) => part !== "")
    .join(", ");
}

/** `in 3h 12m`, `2d ago`; the empty text when no end is recorded, or one that OpenClaw takes for another. */
export function describeExpiry({ expiresAt, reasonCode }: ExpiryFacts, at: Date): string {
  return expiresAt === null || reasonCode === "expires_in_seconds" ? "" : describeInstant(expiresAt, at);
}

type ExpiryFacts = Pick<ProfileReport, "expiresAt" | "reasonCode">;

/** How far an instant is from `at`. */
export function describeInstant(instant: Date, at: Date): string {
  const remainingMs = instant.getTime() - at.getTime();
  return remainingMs > 0 ? `in ${formatDuration(remainingMs)}` : `${formatDuration(remainingMs)} ago`;
}

/** What status and expiry do not say; empty when they say it all. An agent may see a window of its own. */
export function describeNote(profile: ProfileReport, unusable: Unusable | null, at: Date): string {
  const reasons = profile.reasonCode === null ? [profile.verdictReason] : [profile.reasonCode, profile.verdictReason];
  const notes = reasons.map((reason) => noteOf(reason, profile, at)).filter((note) => note !== null);
  if (unusable !== null) notes.push(describeUnusable(unusable, at));
  return [...new Set(notes)].join(", ");
}

function noteOf(reason: ProfileVerdictReason | StatusReason, { expiresAt }: ProfileReport, at: Date): string | null {
  if (reason !== "expires_in_seconds" || expiresAt === null) return NOTES[reason];
  return `${NOTES[reason]}; probably meant: ${describeInstant(expiresAt, at)}`;
}

/** `cooldown (rate_limit) for 9m`. */
export function describeUnusable({ kind, reason, until, model }: Unusable, at: Date): string {
  const scope = model === null ? "" : ` on ${clean(model)}`;
  return `${kind} (${clean(reason)})${scope} for ${formatDuration(until.getTime() - at.getTime())}`;
}

/** One line about something that could not be read. */
export function describeProblem({ reason, message, path }: Problem): string {
  return clean(message.includes(path) ? `${reason}: ${message}` : `${reason}: ${message} (${path})`);
}

/** Null where status, expiry and window already say so. */
const NOTES = {
  ok: null,
  expired: null,
  expiring: null,
  disabled: null,
  blocked: null,
  cooldown: null,
  refreshable: "refreshes itself when used",
  refresh_failing: "its refresh fails",
  refresh_failed: "its refresh failed for good",
  refresh_stuck: "its refresh is stuck",
  missing_credential: "no secret stored",
  invalid_expires: "its expiry cannot be read",
  malformed_api_key: "the key is malformed",
  unresolved_ref: "its secret is in a file that nothing reads any more",
  setup_inactive: "its set-up was not finished",
  expires_in_seconds: "its end is stored in seconds, which OpenClaw takes for 1970",
  token_age: "near or past the end of its assumed life",
  implausible_window: "the window ends implausibly late",
  shared_refresh_token: "another owner refreshes the same login",
} as const satisfies Record<ProfileVerdictReason | StatusReason, string | null>;
