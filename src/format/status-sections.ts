import type { OtherCredential } from "../discovery/installation.ts";
import { isBlinding, listOwnProblems, type Problem } from "../problem.ts";
import { profileKey } from "../select.ts";
import type {
  AgentReport,
  EffectiveProfile,
  InstallationReport,
  ProfileReport,
  ProviderReport,
  Snapshot,
  StoreReport,
} from "../snapshot.ts";
import { clean, type Style } from "./terminal.ts";
import { describeExpiry, describeInstant, describeNote, describeProblem } from "./words.ts";

/** A profile or another credential, in the words of the table. */
export interface Row {
  readonly style: Style;
  readonly provider: string;
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly when: string;
  readonly note: string;
  readonly action: string | null;
}

/** What is shown under one heading: an agent, or an owner whose profiles no agent sees. */
export interface Block {
  readonly style: Style;
  readonly title: string;
  readonly state: string;
  readonly message: string;
  readonly action: string | null;
  readonly rows: readonly Row[];
}

/** A problem in words; `warning` when what is there was read in spite of it. */
export interface Trouble {
  readonly style: Style;
  readonly text: string;
}

export interface Section {
  readonly title: string;
  readonly path: string;
  readonly problems: readonly Trouble[];
  readonly blocks: readonly Block[];
}

/** The snapshot by installation and agent, everything in words; the layout is somebody else's. */
export function toSections(snapshot: Snapshot): readonly Section[] {
  const { installations, at } = snapshot;
  return installations.map((installation) => ({
    title: clean(installation.id),
    path: clean(installation.stateDir),
    problems: [
      ...listOwnProblems(installation, snapshot).map((problem) => toTrouble(problem)),
      ...installation.stores.flatMap((store) => describeStoreProblems(store, at)),
    ],
    blocks: toBlocks(installation, at),
  }));
}

export function toTrouble(problem: Problem, more = ""): Trouble {
  return { style: isBlinding(problem) ? "unknown" : "warning", text: describeProblem(problem) + more };
}

function describeStoreProblems({ problems, isStale, readAt }: StoreReport, at: Date): readonly Trouble[] {
  const shown = isStale && readAt !== null ? `; showing what was read ${describeInstant(readAt, at)}` : "";
  return problems.map((problem) => toTrouble(problem, shown));
}

function toBlocks(installation: InstallationReport, at: Date): readonly Block[] {
  const rows = new Map(installation.profiles.map((profile) => [profileKey(profile), profile]));
  // A shared credential stands under each agent that uses it; what to do about it is said once.
  const isTold = new Set<string>();
  const blocks = installation.agents.map((agent) => toAgentBlock(agent, rows, isTold, at));
  const unseen = installation.profiles.filter((profile) => !isTold.has(profileKey(profile)));
  const owners = [...new Set(unseen.map(({ owner }) => owner))];
  return [
    ...blocks,
    ...owners.map((owner) => {
      const profiles = unseen.filter((profile) => profile.owner === owner);
      return toOwnerBlock(installation, owner, profiles, at);
    }),
  ];
}

function toAgentBlock(
  agent: AgentReport,
  profiles: ReadonlyMap<string, ProfileReport>,
  isTold: Set<string>,
  at: Date,
): Block {
  const rows: Row[] = [];
  for (const provider of agent.providers) {
    for (const seen of agent.profiles.filter((profile) => profile.provider === provider.provider)) {
      const profile = profiles.get(profileKey(seen));
      if (profile === undefined) continue;
      const isShownAbove = isTold.has(profileKey(seen));
      if (isShownAbove && !provider.isInUse) continue;
      const row = toRow(profile, at, seen, { agent, provider });
      rows.push(isShownAbove ? { ...row, action: null } : row);
      isTold.add(profileKey(seen));
    }
    rows.push(...provider.otherCredentials.map((other) => toOtherRow(provider, other)));
  }
  const isSaid = rows.some(({ action }) => action === agent.action);
  return {
    style: agent.canAnswer === null ? "unknown" : agent.verdict,
    title: clean(agent.id),
    state: `${agent.verdict}, ${ANSWERS[`${agent.canAnswer}`]}${agent.isListed ? "" : " (not in the config)"}`,
    message: clean(agent.message.replace(`agent ${agent.id} `, "").replace(/^cannot answer: /, "")),
    action: isSaid || agent.action === null ? null : clean(agent.action),
    rows,
  };
}

const ANSWERS = { true: "can answer", false: "cannot answer", null: "not known whether it can answer" } as const;

function toOwnerBlock(
  { kind, problems, stores }: InstallationReport,
  owner: string,
  profiles: readonly ProfileReport[],
  at: Date,
): Block {
  const isBlind = [...problems, ...stores.flatMap((store) => store.problems)].some(isBlinding);
  return {
    style: isBlind ? "unknown" : "ok",
    title: clean(owner),
    state: kind === "login" ? "login of another CLI" : "seen by no agent",
    message: "",
    action: null,
    rows: profiles.map((profile) => toRow(profile, at)),
  };
}

function toRow(
  profile: ProfileReport,
  at: Date,
  seen: Pick<EffectiveProfile, "unusable"> = profile,
  by: { readonly agent: AgentReport; readonly provider: ProviderReport } | null = null,
): Row {
  const isInherited = by !== null && profile.owner !== by.agent.id;
  const notes = [
    describeNote(profile, seen.unusable, at),
    by !== null && !by.provider.isInUse ? "not in use" : "",
    isInherited ? `from ${clean(profile.owner)}` : "",
  ];
  return {
    style: profile.verdict,
    provider: clean(profile.provider),
    name: clean(profile.profileId),
    type: profile.type,
    status: profile.status,
    when: describeExpiry(profile, at),
    note: notes.filter((note) => note !== "").join(", "),
    action: profile.action === null ? null : clean(profile.action),
  };
}

const OTHER_KINDS: Record<OtherCredential["kind"], string> = {
  env: "environment",
  config: "config",
  local: "needs none",
  aws: "AWS chain",
  gcloud: "Google chain",
  login: "CLI login",
};

function toOtherRow({ provider, isInUse }: ProviderReport, { kind, detail }: OtherCredential): Row {
  return {
    style: "ok",
    provider: clean(provider),
    name: clean(detail),
    type: OTHER_KINDS[kind],
    status: "",
    when: "",
    note: isInUse ? "" : "not in use",
    action: null,
  };
}
