import { cleanText } from "./log.ts";
import { MaskedText } from "./masked-text.ts";
import { isBlinding, isOutOfReach, type Problem } from "./problem.ts";
import { findLogins, showCommand } from "./shown-command.ts";
import type {
  AgentReport,
  InstallationReport,
  ProfileReport,
  RemoteReport,
  Snapshot,
  StoreReport,
  Verdict,
} from "./snapshot.ts";

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
  const pending = findPending(after);
  const found: Found[] = [];
  for (const [key, entry] of now) {
    const was = old.get(key);
    const isFirst = before === null || unheard.has(key) || unheard.has(entry.fields["installation"]);
    if (was === undefined ? !isFirst || entry.level !== "info" : was.state !== entry.state) {
      found.push({ entry, was: was?.state ?? null });
    }
  }
  for (const [key, entry] of old) {
    if (now.has(key) || pending.has(key)) continue;
    found.push({ entry: { ...entry, state: entry.end, level: "info", fields: factsOf(entry) }, was: entry.state });
  }
  const logins = findLogins(after);
  return found.map((one) => tell(one, (installation) => logins.get(installation) ?? "", commandOptions));
}

/** Without what was to be done about it. */
function factsOf({ fields }: Entry): Entry["fields"] {
  const { action: _action, detail: _detail, remedy: _remedy, ...facts } = fields;
  return facts;
}

interface Found {
  readonly entry: Entry;
  readonly was: string | null;
}

/** Hosts that had no time to answer before, by their keys, and their installations. */
function findUnheard(before: Snapshot | null, { installations }: Snapshot): ReadonlySet<string | null | undefined> {
  const hosts = before === null ? new Set<string>() : findPending(before);
  const theirs = installations.filter(({ remote }) => remote !== undefined && hosts.has(keyOfHost(remote)));
  return new Set([...hosts, ...theirs.map(({ id }) => id)]);
}

/** Hosts of which nobody can say anything yet, by their keys. */
function findPending({ remotes }: Snapshot): ReadonlySet<string> {
  return new Set(remotes.filter(({ isUp }) => isUp === null).map(({ name }) => keyOfHost(name)));
}

function keyOfHost(name: string): string {
  return `r ${name}`;
}

interface Entry {
  readonly what: string;
  readonly level: TransitionLevel;
  /** Everything whose change is a transition, in words. */
  readonly state: string;
  /** The state of one that is not there any more. */
  readonly end: "gone" | "over";
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
  for (const remote of snapshot?.remotes.filter(({ isUp }) => isUp !== null) ?? [])
    entries.set(keyOfHost(remote.name), ofRemote(remote));
  // A path is missing where nothing was found at all, which is told otherwise.
  const own = snapshot?.problems.filter((found) => isBlinding(found) && found.path !== "" && !isOfRemote(found)) ?? [];
  for (const found of own) entries.set(`h ${found.reason} ${found.path}`, ofProblem("host", found, {}));
  for (const installation of snapshot?.installations ?? []) {
    for (const problem of installation.problems.filter(isNews)) {
      const entry = ofProblem(`installation ${installation.id}`, problem, { installation: installation.id });
      entries.set(`i ${installation.id} ${problem.reason}`, entry);
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

function isOfRemote(found: Problem): boolean {
  return isOutOfReach({ problems: [found] });
}

/** That a host had no time to answer yet says nothing of it. */
function isNews(found: Problem): boolean {
  return isBlinding(found) && found.reason !== "pending";
}

function ofRemote({ name, verdict, problem }: RemoteReport): Entry {
  return {
    what: `host ${name}`,
    level: LEVELS[verdict],
    state: problem?.reason ?? "answers",
    end: "gone",
    fields: { host: name, remedy: problem?.message ?? null },
  };
}

function ofProblem(what: string, { reason, message }: Problem, place: Entry["fields"]): Entry {
  return { what, level: "warn", state: reason, end: "over", fields: { ...place, remedy: message } };
}

function ofStore({ id: installation }: InstallationReport, store: StoreReport): Entry {
  const problem = store.problems.find(isBlinding);
  return {
    what: `store of ${store.owner}`,
    level: problem === undefined ? "info" : "warn",
    state: problem?.reason ?? "readable",
    end: "gone",
    fields: { installation, agent: store.owner, format: store.format, remedy: problem?.message ?? null },
  };
}

function ofAgent({ id: installation }: InstallationReport, agent: AgentReport): Entry {
  return {
    what: `agent ${agent.id}`,
    level: LEVELS[agent.verdict],
    state: agent.reason === "ok" ? "ok" : `${agent.verdict} (${agent.reason})`,
    end: "gone",
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
    end: "gone",
    fields: { installation, agent: owner, provider, profile: profileId, action },
  };
}
