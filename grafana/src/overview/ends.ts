import type { Band } from "../palette.ts";
import { UNTIL_END } from "../palette.ts";
import { select } from "../query.ts";
import { AGENT, banded, EXPORTER, INSTALLATION, PROFILE, PROVIDER, REASON, seconds, table, unit } from "../table.ts";

const EXPIRY = select("agent_auth_profile_expiry_timestamp_seconds", "profile");
const VERDICT = "agent_auth_profile_verdict";

const STATIC = `${select("agent_auth_profile_refreshable", "profile")} == 0`;
const NOT_REFRESHING = select(VERDICT, "profile", 'reason=~"refresh_.+"');

/** Until the end of each credential that will not be renewed without somebody. */
export const NEEDS_A_PERSON = `${EXPIRY} - time() and ignoring (type, verdict, reason) (${STATIC} or ignoring (verdict, reason) ${NOT_REFRESHING})`;

const UNUSABLE_UNTIL = select("agent_auth_profile_unusable_until_timestamp_seconds", "profile");

/** OpenClaw's own windows last minutes to a day; one beyond a week outlives what caused it. */
const WINDOW: readonly Band[] = [
  { from: null, grade: "info", word: "passes by itself" },
  { from: 86_400, grade: "warning", word: "long" },
  { from: 604_800, grade: "critical", word: "implausibly long" },
];

export const ENDS = [
  table({
    id: 31,
    title: "Next ends",
    description:
      "Countdown to the end of every credential that does not refresh itself, or whose refresh fails. Those that are over come first.",
    width: 12,
    height: 10,
    queries: [NEEDS_A_PERSON, NEEDS_A_PERSON, `(${EXPIRY} and ignoring (type) (${NEEDS_A_PERSON})) * 1000`],
    columns: [
      banded("A", "When", UNTIL_END),
      seconds("B", "Left", UNTIL_END),
      INSTALLATION,
      AGENT,
      PROVIDER,
      PROFILE,
      { of: "C", title: "Ends at", settings: [unit("dateTimeAsLocal")] },
      EXPORTER,
    ],
    order: [["Left", "up"]],
    empty: "nothing ends without refreshing itself",
  }),
  table({
    id: 32,
    title: "Left aside by OpenClaw",
    description:
      "Credentials in a cooldown, disabled or blocked: why, and until when. They are used again by themselves, unless the cause is still there.",
    width: 12,
    height: 10,
    queries: [`${UNUSABLE_UNTIL} - time()`, `${UNUSABLE_UNTIL} - time()`, `1000 * ${UNUSABLE_UNTIL}`],
    columns: [
      banded("A", "How long", WINDOW),
      seconds("B", "Left", WINDOW),
      INSTALLATION,
      AGENT,
      PROVIDER,
      PROFILE,
      { of: "kind", title: "Kind" },
      REASON,
      { of: "C", title: "Until", settings: [unit("dateTimeAsLocal")] },
      EXPORTER,
    ],
    order: [["Left", "down"]],
    empty: "no credential is left aside",
  }),
];
