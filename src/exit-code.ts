import {
  type CheckQuestion,
  CODE_OF_STATUS,
  DEFAULT_QUESTION,
  findFindings,
  findLacking,
  findUnknownOwners,
  type Finding,
  GRAVITY,
} from "./findings.ts";
import { isBlinding } from "./problem.ts";
import { profileKey } from "./select.ts";
import type { AgentReport, CheckCode, InstallationReport, ProfileReport, Snapshot } from "./snapshot.ts";

/**
 * Exit code of `check`: 0 ok, 1 expired or missing, 2 expiring, 3 something could not be checked; 1 over 3 over 2. The
 * first three are the contract of `openclaw models status --check`.
 */
export function checkCode(snapshot: Snapshot, question: CheckQuestion = DEFAULT_QUESTION): CheckCode {
  return codeOf(findFindings(snapshot, question));
}

/** The gravest code among findings; 0 when there are none. */
export function codeOf(findings: readonly Pick<Finding, "code">[]): CheckCode {
  return findings.reduce<CheckCode>((worst, { code }) => graver(worst, code), 0);
}

/** Exit codes as Nagios and its kin read them: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. */
export function nagiosCode(code: CheckCode): CheckCode {
  return NAGIOS[code];
}

/**
 * What `check --agent` says of one agent by default, problems of the host aside. Pass the same object for all agents of
 * an installation: its profiles are indexed once.
 */
export function agentCheckCode(installation: InstallationRows, agent: Omit<AgentReport, "checkCode">): CheckCode {
  const rows = rowsOf(installation);
  let worst: CheckCode = codeOf(findLacking(agent, rows.unknownOwners, "all"));
  if (rows.codes.size > 0) {
    for (const profile of agent.profiles) worst = graver(worst, rows.codes.get(profileKey(profile)) ?? 0);
  }
  const isBlind = rows.isBlind || agent.storeOwners.some((owner) => rows.blindOwners.has(owner));
  return isBlind ? graver(worst, 3) : worst;
}

type InstallationRows = Pick<InstallationReport, "id" | "problems" | "stores" | "profiles">;

const NAGIOS: Record<CheckCode, CheckCode> = { 0: 0, 1: 2, 2: 1, 3: 3 };

function graver(a: CheckCode, b: CheckCode): CheckCode {
  return GRAVITY[b] < GRAVITY[a] ? b : a;
}

interface Rows {
  /** Of the profiles that are not in order, by key. */
  readonly codes: ReadonlyMap<string, CheckCode>;
  readonly blindOwners: ReadonlySet<string>;
  readonly unknownOwners: ReadonlySet<string>;
  readonly isBlind: boolean;
}

const rowsByInstallation = new WeakMap<InstallationRows, Rows>();

function rowsOf(installation: InstallationRows): Rows {
  const known = rowsByInstallation.get(installation);
  if (known !== undefined) return known;
  const rows: Rows = {
    codes: codesOf(installation.profiles),
    blindOwners: new Set(installation.stores.filter((s) => s.problems.some(isBlinding)).map(({ owner }) => owner)),
    unknownOwners: findUnknownOwners(installation.stores),
    isBlind: installation.problems.some(isBlinding),
  };
  rowsByInstallation.set(installation, rows);
  return rows;
}

function codesOf(profiles: readonly ProfileReport[]): ReadonlyMap<string, CheckCode> {
  const codes = new Map<string, CheckCode>();
  for (const profile of profiles) {
    const code = CODE_OF_STATUS[profile.status];
    if (code !== null) codes.set(profileKey(profile), code);
  }
  return codes;
}
