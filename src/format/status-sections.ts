import type { OtherCredential } from "../discovery/installation.ts";
import { isBlinding, isOutOfReach, listOwnProblems, type Problem } from "../problem.ts";
import { profileKey } from "../select.ts";
import {
  type AgentReport,
  type EffectiveProfile,
  findStaleOwners,
  type InstallationReport,
  type ProfileReport,
  type ProviderReport,
  type Snapshot,
  type StoreReport,
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
  const stale = findStaleOwners(installation);
  const isGone = isOutOfReach(installation);
  const rows = new Map(
    installation.profiles.map((profile) => [profileKey(profile), { profile, isStale: stale.has(profile.owner) }]),
  );
  // A shared credential stands under each agent that uses it; what to do about it is said once.
  const isTold = new Set<string>();
  const blocks = installation.agents.map((agent) => toAgentBlock(agent, { rows, isGone }, isTold, at));
  const unseen = [...rows.values()].filter(({ profile }) => !isTold.has(profileKey(profile)));
  const owners = [...new Set(unseen.map(({ profile }) => profile.owner))];
  return [
    ...blocks,
    ...owners.map((owner) => {
      const known = unseen.filter(({ profile }) => profile.owner === owner);
      return toOwnerBlock(installation, owner, known, at);
    }),
  ];
}

/** `isStale`: how it is now is not known. */
interface Known {
  readonly profile: ProfileReport;
  readonly isStale: boolean;
}

/** `isGone`: nothing at all is known of it now. */
interface KnownOfInstallation {
  readonly rows: ReadonlyMap<string, Known>;
  readonly isGone: boolean;
}

function toAgentBlock(agent: AgentReport, known: KnownOfInstallation, isTold: Set<string>, at: Date): Block {
  const rows: Row[] = [];
  for (const provider of agent.providers) {
    for (const seen of agent.profiles.filter((profile) => profile.provider === provider.provider)) {
      const found = known.rows.get(profileKey(seen));
      if (found === undefined) continue;
      const isShownAbove = isTold.has(profileKey(seen));
      if (isShownAbove && !provider.isInUse) continue;
      const row = toRow(found, at, seen, { agent, provider });
      rows.push(isShownAbove ? { ...row, action: null } : row);
      isTold.add(profileKey(seen));
    }
    rows.push(...provider.otherCredentials.map((other) => toOtherRow(provider, other, known.isGone)));
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
  known: readonly Known[],
  at: Date,
): Block {
  const isBlind = [...problems, ...stores.flatMap((store) => store.problems)].some(isBlinding);
  return {
    style: isBlind ? "unknown" : "ok",
    title: clean(owner),
    state: kind === "login" ? "login of another CLI" : "seen by no agent",
    message: "",
    action: null,
    rows: known.map((one) => toRow(one, at)),
  };
}

function toRow(
  { profile, isStale }: Known,
  at: Date,
  seen: Pick<EffectiveProfile, "unusable"> = profile,
  by: { readonly agent: AgentReport; readonly provider: ProviderReport } | null = null,
): Row {
  const isInherited = by !== null && profile.owner !== by.agent.id;
  const notes = [
    isStale ? "stale" : "",
    describeNote(profile, seen.unusable, at),
    by !== null && !by.provider.isInUse ? "not in use" : "",
    isInherited ? `from ${clean(profile.owner)}` : "",
  ];
  return {
    style: isStale ? "unknown" : profile.verdict,
    provider: clean(profile.provider),
    name: clean(profile.profileId),
    type: profile.type,
    status: isStale ? `was ${profile.status}` : profile.status,
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

function toOtherRow({ provider, isInUse }: ProviderReport, { kind, detail }: OtherCredential, isStale: boolean): Row {
  const notes = [isStale ? "stale" : "", isInUse ? "" : "not in use"];
  return {
    style: isStale ? "unknown" : "ok",
    provider: clean(provider),
    name: clean(detail),
    type: OTHER_KINDS[kind],
    status: "",
    when: "",
    note: notes.filter((note) => note !== "").join(", "),
    action: null,
  };
}
