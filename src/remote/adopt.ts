import type { Problem, RemoteReason } from "../problem.ts";
import { shellWord } from "../shell-word.ts";
import { sshLogin } from "../shown-command.ts";
import type { AgentReport, InstallationReport, Snapshot } from "../snapshot.ts";
import type { RemoteTarget } from "./target.ts";

/** What a remote said, as seen from here: ids and paths that name the host, and commands that run there. */
export function adoptSnapshot({ installations, searched, problems }: Snapshot, target: RemoteTarget) {
  return {
    installations: installations.map((installation) => adoptInstallation(installation, target)),
    searched: searched.map((path) => place(path, target)),
    problems: problems.map((problem) => adoptProblem(problem, target)),
  };
}

export interface OutOfReach {
  readonly problem: Problem & { readonly reason: RemoteReason };
  readonly verdict: "info" | "warning" | "critical";
  /** What is said of each of its agents: `vps last seen 3h ago`. */
  readonly message: string;
}

/** A host that is out of reach or does not look any more: what was known stays to be seen, and is not taken for true. */
export function markOutOfReach(
  installation: InstallationReport,
  { problem, verdict, message }: OutOfReach,
): InstallationReport {
  const markAgent = (agent: AgentReport): AgentReport => ({
    ...agent,
    canAnswer: null,
    verdict,
    reason: problem.reason,
    message: agent.message === "" ? message : `${message}; then: ${agent.message}`,
    checkCode: 3,
  });
  return {
    ...installation,
    problems: [problem, ...installation.problems],
    stores: installation.stores.map((store) => ({ ...store, isUp: false, isStale: true })),
    agents: installation.agents.map(markAgent),
  };
}

function adoptInstallation(installation: InstallationReport, target: RemoteTarget): InstallationReport {
  return {
    ...installation,
    id: `${target.name}-${installation.id}`,
    remote: target.name,
    stateDir: place(installation.stateDir, target),
    configPath: installation.configPath === null ? null : place(installation.configPath, target),
    problems: installation.problems.map((problem) => adoptProblem(problem, target)),
    stores: installation.stores.map((store) => ({
      ...store,
      path: place(store.path, target),
      problems: store.problems.map((problem) => adoptProblem(problem, target)),
    })),
    agents: installation.agents.map((agent) => ({
      ...agent,
      message: adoptText(
        agent.message,
        installation.stores.map(({ path }) => path),
        target,
      ),
      action: adoptAction(agent.action, target),
    })),
    profiles: installation.profiles.map((profile) => ({ ...profile, action: adoptAction(profile.action, target) })),
  };
}

function adoptProblem(problem: Problem, target: RemoteTarget): Problem {
  const { path, message } = problem;
  const adopted = adoptText(message, [path], target);
  return {
    ...problem,
    path: place(path, target),
    message: adopted === message ? `${target.name}: ${message}` : adopted,
  };
}

/** The first of these paths that a sentence names gets its host. */
function adoptText(text: string, paths: readonly string[], target: RemoteTarget): string {
  const path = paths.find((one) => one !== "" && text.includes(one));
  return path === undefined ? text : text.replace(path, () => place(path, target));
}

/** Control, formatting and separating characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** `host:path`, as `scp` writes it. */
function place(path: string, { name }: RemoteTarget): string {
  return path === "" ? "" : `${name}:${path}`;
}

/** A comment says where to do it; a command is run there where we can, and says where it belongs elsewhere. */
function adoptAction(said: string | null, target: RemoteTarget): string | null {
  if (said === null) return null;
  // It gets into clipboards and terminals, where a line break is as good as Enter.
  const action = said.replaceAll(UNPRINTABLE, " ");
  const login = sshLogin(target.shown);
  return login === null || action.startsWith("#") ? `${action}  # on ${target.name}` : login + shellWord(action);
}
