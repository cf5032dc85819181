import type {
  AgentReport,
  InstallationReport,
  ProfileReport,
  ProfileVerdictReason,
  ProviderReport,
} from "../snapshot.ts";
import { CLI_OWNER, SHARED_OWNER } from "../stores/store.ts";

/** One sentence on what a profile's trouble means. It holds no time span: those are added when somebody is told. */
export function describeProfileCondition({ id }: InstallationReport, profile: ProfileReport): string {
  const { owner, profileId, provider, verdict, verdictReason, unusable } = profile;
  const place =
    owner === CLI_OWNER ? `the ${id} login` : owner === SHARED_OWNER ? "the shared store" : `agent ${owner}`;
  const why = unusable === null || !IS_WINDOW.has(verdictReason) ? "" : ` (${unusable.reason})`;
  const consequence =
    verdict === "info"
      ? ""
      : verdict === "critical"
        ? `; nothing else serves ${provider}`
        : verdictReason === "expired"
          ? `; something else still serves ${provider}`
          : "";
  return `the ${TYPES[profile.type]} ${profileId} of ${place} ${PREDICATES[verdictReason]}${why}${consequence}`;
}

/** One sentence on why an agent cannot use one of its providers, or what the verdict itself says. */
export function describeLackingAgent(agent: AgentReport, lack: Lack): string {
  const { provider } = lack.provider;
  if (lack.provider.role !== "primary" && agent.canAnswer !== false) {
    return `agent ${agent.id} has no ${lack.provider.role ?? "usable"} credential for ${provider}: ${describeWhy(lack)}`;
  }
  const effect = agent.canAnswer === true ? "answers only through a fallback model" : "cannot answer";
  return `agent ${agent.id} ${effect}: ${describeWhy(lack)}`;
}

/** A provider that an agent needs and has nothing for. */
export interface Lack {
  readonly provider: ProviderReport;
  /** The rows of the credentials that it would try. */
  readonly profiles: readonly ProfileReport[];
}

const TYPES = { api_key: "API key", token: "token", oauth: "login" } as const;

const IS_WINDOW: ReadonlySet<ProfileVerdictReason> = new Set(["disabled", "blocked", "cooldown", "implausible_window"]);

/** What is said of a profile in each kind of trouble; begins with its verb. */
export const PREDICATES: Record<ProfileVerdictReason, string> = {
  ok: "is fine",
  refreshable: "refreshes itself",
  refresh_failing: "was used after it ended and its refresh keeps failing",
  refresh_failed: "could not be refreshed",
  refresh_stuck: "has been refreshing for too long",
  expired: "expired",
  expiring: "is about to expire",
  missing_credential: "holds no secret",
  invalid_expires: "has an end that is no date",
  malformed_api_key: "holds something that is no API key",
  unresolved_ref: "points to a secret that nothing reads any more",
  setup_inactive: "was never activated: its set-up was not finished",
  token_age: "has reached the age at which such tokens end",
  disabled: "is disabled",
  blocked: "is blocked",
  cooldown: "is in a cooldown",
  implausible_window: "is shut out for longer than OpenClaw ever does",
  shared_refresh_token: "has a refresh token that is refreshed elsewhere too: one will log the other out",
};

function describeWhy({ provider: report, profiles }: Lack): string {
  const { provider, total } = report;
  if (total === 0) return `no ${provider} credential is stored`;
  const all =
    profiles.length === 1 ? `its only ${provider} credential` : `all ${profiles.length} ${provider} credentials`;
  const plural = profiles.length > 1;
  const every = (is: (profile: ProfileReport) => boolean): boolean => profiles.length > 0 && profiles.every(is);
  if (every(({ status }) => status === "expired")) return `${all} expired`;
  if (every(({ unusable }) => unusable?.kind === "cooldown")) return `${all} ${plural ? "are" : "is"} in a cooldown`;
  if (every(({ unusable }) => unusable?.kind === "disabled")) {
    const reasons = [...new Set(profiles.map(({ unusable }) => unusable?.reason))].join(", ");
    return `${all} ${plural ? "are" : "is"} disabled (${reasons})`;
  }
  return `no ${provider} credential of ${total} is usable`;
}
