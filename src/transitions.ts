import { cleanText } from "./log.ts";
import { MaskedText } from "./masked-text.ts";
import { isBlinding, type Problem } from "./problem.ts";
import { findLogins, showCommand } from "./shown-command.ts";
import type { AgentReport, InstallationReport, ProfileReport, Snapshot, StoreReport, Verdict } from "./snapshot.ts";

export type TransitionLevel = "info" | "warn" | "error";

/** Something that became different between two checks, for the log. Only its command is masked here; the log does the rest. */
export interface Transition {
  readonly level: TransitionLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, string | MaskedText | null>>;
}

/**
 * One transition for each thing that changed, none for what stayed as it was. Before the first check nothing is known;
 * then only what needs attention is told. `commandOptions` stand behind a command of ours, with a space in front.
 */
export function findTransitions(before: Snapshot | null, after: Snapshot, commandOptions = ""): readonly Transition[] {
  if (before !== null && before.installations === after.installations && before.problems === after.problems) return [];
  const old = collect(before);
  const now = collect(after);
  const unheard = findUnheard(before, after);
  const found: Found[] = [];
  for (const [key, entry] of now) {
    const was = old.get(key);
    const isFirst = before === null || unheard.has(entry.fields["installation"]);
    if (was === undefined ? !isFirst || entry.level !== "info" : was.state !== entry.state) {
      found.push({ entry, was: was?.state ?? null });
    }
  }
  for (const [key, entry] of old) {
    if (!now.has(key)) found.push({ entry: { ...entry, state: "gone", level: "info" }, was: entry.state });
  }
  const logins = findLogins(after);
  return found.map((one) => tell(one, (installation) => logins.get(installation) ?? "", commandOptions));
}

interface Found {
  readonly entry: Entry;
  readonly was: string | null;
}

/** Installations of hosts that had no time to answer before. */
function findUnheard(before: Snapshot | null, { installations }: Snapshot): ReadonlySet<string | null | undefined> {
  const hosts = new Set(before?.remotes.filter(({ isUp }) => isUp === null).map(({ name }) => name));
  return new Set(installations.flatMap(({ id, remote }) => (remote !== undefined && hosts.has(remote) ? [id] : [])));
}

interface Entry {
  readonly what: string;
  readonly level: TransitionLevel;
  /** Everything whose change is a transition, in words. */
  readonly state: string;
  readonly fields: Readonly<Record<string, string | null>>;
}

const LEVELS: Record<Verdict, TransitionLevel> = { ok: "info", info: "info", warning: "warn", critical: "error" };

function tell({ entry, was }: Found, loginOf: (installation: string) => string, options: string): Transition {
  const { what, level, state, fields } = entry;
  const message = was === null ? `${what}: ${state}` : `${what}: ${was} -> ${state}`;
  const { action = null, agent, installation } = fields;
  if (action === null) return { level, message, fields };
  const place = { agent: agent ?? "", login: loginOf(installation ?? ""), mask: cleanText, options };
  return { level, message, fields: { ...fields, action: new MaskedText(showCommand(action, place)) } };
}

function collect(snapshot: Snapshot | null): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  // A path is missing where nothing was found at all, which is told otherwise.
  for (const problem of snapshot?.problems.filter((found) => isNews(found) && found.path !== "") ?? []) {
    const fields = { remedy: problem.message };
    entries.set(`h ${problem.reason} ${problem.path}`, { what: "host", level: "warn", state: problem.reason, fields });
  }
  for (const installation of snapshot?.installations ?? []) {
    const base = { installation: installation.id };
    for (const problem of installation.problems.filter(isNews)) {
      const what = `installation ${installation.id}`;
      const fields = { ...base, remedy: problem.message };
      entries.set(`i ${installation.id} ${problem.reason}`, { what, level: "warn", state: problem.reason, fields });
    }
    for (const store of installation.stores)
      entries.set(`s ${installation.id} ${store.owner}`, ofStore(installation, store));
    for (const agent of installation.agents)
      entries.set(`a ${installation.id} ${agent.id}`, ofAgent(installation, agent));
    for (const profile of installation.profiles) {
      entries.set(`p ${installation.id} ${profile.owner} ${profile.profileId}`, ofProfile(installation, profile));
    }
  }
  return entries;
}

/** That a host had no time to answer yet says nothing of it. */
function isNews(found: Problem): boolean {
  return isBlinding(found) && found.reason !== "pending";
}

function ofStore({ id: installation }: InstallationReport, store: StoreReport): Entry {
  const problem = store.problems.find(isBlinding);
  return {
    what: `store of ${store.owner}`,
    level: problem === undefined ? "info" : "warn",
    state: problem?.reason ?? "readable",
    fields: { installation, agent: store.owner, format: store.format, remedy: problem?.message ?? null },
  };
}

function ofAgent({ id: installation }: InstallationReport, agent: AgentReport): Entry {
  return {
    what: `agent ${agent.id}`,
    level: LEVELS[agent.verdict],
    state: agent.reason === "ok" ? "ok" : `${agent.verdict} (${agent.reason})`,
    fields: {
      installation,
      agent: agent.id,
      detail: agent.message === "" ? null : agent.message,
      action: agent.action,
    },
  };
}

function ofProfile({ id: installation }: InstallationReport, profile: ProfileReport): Entry {
  const { owner, profileId, provider, status, verdict, verdictReason, action } = profile;
  return {
    what: `profile ${profileId} of ${owner}`,
    level: LEVELS[verdict],
    state: verdictReason === "ok" ? status : `${status}, ${verdict} (${verdictReason})`,
    fields: { installation, agent: owner, provider, profile: profileId, action },
  };
}
