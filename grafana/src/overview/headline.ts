import { noneWanted, UNTIL_END, valueWords } from "../palette.ts";
import { select } from "../query.ts";
import { checkAgeStat, demoStat, downStat, stat } from "../stat.ts";
import { SILENT } from "./trouble.ts";
import { NEEDS_A_PERSON } from "./ends.ts";

const NONE = [valueWords({ 0: ["none", "ok"] })];
const CREDENTIALS = `count(${select("agent_auth_profile_verdict", "profile")})`;

/** Zero is counted only where there are credentials: without any data the figure is missing, and not good. */
function credentialsOf(verdict: string): string {
  return `count(${select("agent_auth_profile_verdict", "profile", `verdict="${verdict}"`)}) or 0 * ${CREDENTIALS}`;
}

export const HEADLINE = [
  demoStat(11),
  downStat(12),
  checkAgeStat(13),
  stat({
    id: 14,
    title: "Agents that cannot answer",
    description:
      "Agents without a usable credential for their model and its fallbacks. Those that were never set up are not counted.",
    expr: `count(${SILENT}) or 0 * count(${select("agent_auth_agent_verdict", "agent")})`,
    unit: "short",
    bands: noneWanted("critical"),
    words: NONE,
  }),
  stat({
    id: 15,
    title: "Critical credentials",
    description: "Credentials that need a person now. An OAuth login that refreshes itself is not among them.",
    expr: credentialsOf("critical"),
    unit: "short",
    bands: noneWanted("critical"),
    words: NONE,
  }),
  stat({
    id: 16,
    title: "Warnings",
    description: "Credentials that will need a person soon, or would if no other served their provider.",
    expr: credentialsOf("warning"),
    unit: "short",
    bands: noneWanted("warning"),
    words: NONE,
  }),
  stat({
    id: 17,
    title: "Left aside now",
    description: "Credentials in a cooldown, disabled or blocked: OpenClaw itself does not use them at the moment.",
    expr: `sum(${select("agent_auth_profile_unusable", "profile")})`,
    unit: "short",
    bands: noneWanted("warning"),
    words: NONE,
  }),
  stat({
    id: 18,
    title: "Next end",
    description: "Until the next credential ends that does not refresh itself.",
    expr: `min((${NEEDS_A_PERSON}) > 0)`,
    unit: "s",
    bands: UNTIL_END,
    empty: "none ahead",
  }),
];
