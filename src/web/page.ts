import { formatDuration } from "../duration.ts";
import { listOwnProblems } from "../problem.ts";
import { maskEmails, redactSecrets } from "../redact.ts";
import { findLogins } from "../shown-command.ts";
import { findStaleOwners, findWhereToMend, isNothingFound, VERDICTS } from "../snapshot.ts";
import type { AgentReport, InstallationReport, ProfileReport, Snapshot, Verdict } from "../snapshot.ts";
import { PAGE_STYLE } from "./page-style.ts";
import type { WebState } from "./state.ts";

export interface PageOptions {
  readonly now: Date;
  readonly emails: "masked" | "plain";
  readonly telemetryPath: string;
}

interface Located<T> {
  readonly installation: InstallationReport;
  readonly report: T;
  /** How its commands begin, where they log in at another host. */
  readonly login: string;
}

/** `isStale`: how it is now is not known. */
interface LocatedProfile extends Located<ProfileReport> {
  readonly isStale: boolean;
}

/** Text that came from a store, safe to stand between tags and in attributes. */
type Show = (text: string) => string;

/** The page for people: worst first, one table of agents and one of credentials, no script. */
export function renderPage(state: WebState, options: PageOptions): string {
  const show: Show = (text) => {
    const harmless = redactSecrets(text.toWellFormed());
    return escapeHtml(options.emails === "plain" ? harmless : maskEmails(harmless));
  };
  const { snapshot } = state;
  const body =
    snapshot === null ? "<p>The first check has not ended yet.</p>" : renderSnapshot(snapshot, options.now, show);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Agent credentials</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>Agent credentials</h1>
${state.isDemo ? '<p class="banner" role="note"><strong>Demo.</strong> Nothing here is of this host.</p>\n' : ""}${renderTimes(state, options.now)}
</header>
<main>
${body}
</main>
<footer><small><a href="${escapeHtml(options.telemetryPath)}">metrics</a> · <a href="/api/v1/status">JSON</a></small></footer>
</body>
</html>
`;
}

function renderTimes(state: WebState, now: Date): string {
  if (state.lastCheckAt === null) return "<p>Checking now.</p>";
  const next = state.nextCheckAt === null ? "" : `, next ${renderInstant(state.nextCheckAt, now)}`;
  return `<p>Last check ${renderInstant(state.lastCheckAt, now)}${next}.</p>`;
}

function renderSnapshot(snapshot: Snapshot, now: Date, show: Show): string {
  if (isNothingFound(snapshot)) return renderNothing(snapshot, show);
  // Another host may have some, which does not say.
  if (snapshot.installations.length === 0) return renderProblems(snapshot, show);
  const agents = locateAgents(snapshot).toSorted(byAgentState);
  const profiles = locateProfiles(snapshot).toSorted(byProfileState);
  return [
    renderTable(
      "Agents",
      ["Agent", "Can answer", "Verdict", "What to do"],
      agents.map((row) => renderAgent(row, show)),
    ),
    renderTable(
      "Credentials",
      ["Credential", "Owner", "Status", "Ends", "Verdict", "What to do"],
      profiles.map((row) => renderProfile(row, now, show)),
    ),
    renderProblems(snapshot, show),
  ].join("\n");
}

function renderNothing(snapshot: Snapshot, show: Show): string {
  const { searched, problems } = snapshot;
  const { isHere, remotes } = findWhereToMend(snapshot);
  const places = searched.map((path) => `<li><code>${show(path)}</code></li>`);
  const found = problems.map(({ message }) => `<li>${show(message)}</li>`);
  const there = remotes.map((name) => `On ${show(name)}: ${MEND_THERE}`);
  return `<p>No installation was found. These places were searched:</p>
<ul>${places.join("")}${found.join("")}</ul>
<p>${[...(isHere ? [MEND_HERE] : []), ...there].join(" ")} The search goes on with every check.</p>`;
}

const MEND_HERE = "Name one with <code>--state-dir</code> or its home with <code>--home</code>.";
const MEND_THERE = "set up an agent there, or name its home in <code>discovery.homes</code> of the config there.";

function renderAgent({ installation, report, login }: Located<AgentReport>, show: Show): string {
  const answers = { true: "yes", false: "no", null: "unknown" }[String(report.canAnswer) as "true" | "false" | "null"];
  return renderRow([
    ["Agent", `${show(report.id)}<br><small>${show(installation.id)}</small>`],
    ["Can answer", report.canAnswer === true ? answers : `<strong>${answers}</strong>`],
    ["Verdict", renderVerdict(report.verdict, report.reason)],
    ["What to do", renderAction(report.message, report.action, login, show)],
  ]);
}

function renderProfile({ installation, report, isStale, login }: LocatedProfile, now: Date, show: Show): string {
  const { unusable } = report;
  const note =
    unusable === null
      ? ""
      : `${unusable.kind} (${show(unusable.reason)}), usable again ${renderInstant(unusable.until, now)}`;
  return renderRow([
    ["Credential", `${show(report.profileId)}<br><small>${show(report.provider)}, ${show(report.type)}</small>`],
    ["Owner", `${show(report.owner)}<br><small>${show(installation.id)}</small>`],
    ["Status", isStale ? `was ${show(report.status)}` : show(report.status)],
    [
      "Ends",
      report.expiresAt === null ? '<span class="dim">not recorded</span>' : renderInstant(report.expiresAt, now),
    ],
    [
      "Verdict",
      (isStale ? STALE : renderVerdict(report.verdict, report.verdictReason)) +
        (note === "" ? "" : `<br><small>${note}</small>`),
    ],
    ["What to do", renderAction("", report.action, login, show)],
  ]);
}

const STALE = '<span class="unknown">stale</span><br><small>read earlier</small>';

function renderProblems(snapshot: Snapshot, show: Show): string {
  const { installations, problems } = snapshot;
  const all = [
    ...problems,
    ...installations.flatMap((installation) => [
      ...listOwnProblems(installation, snapshot),
      ...installation.stores.flatMap((store) => store.problems),
    ]),
  ];
  if (all.length === 0) return "";
  const rows = all.map(({ reason, path, message }) =>
    renderRow([
      ["Where", `<code>${show(path)}</code>`],
      ["Problem", `${show(message)}<br><small>${show(reason)}</small>`],
    ]),
  );
  return renderTable("Could not be read as it should", ["Where", "Problem"], rows);
}

function renderTable(caption: string, heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((text) => `<th scope="col">${text}</th>`).join("");
  return `<table>
<caption>${caption} (${rows.length})</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>`;
}

function renderRow([head, ...cells]: readonly (readonly [label: string, html: string])[]): string {
  const rest = cells.map(([label, html]) => (html === "" ? "<td></td>" : `<td data-label="${label}">${html}</td>`));
  return `<tr><th scope="row">${head?.[1] ?? ""}</th>${rest.join("")}</tr>`;
}

function renderVerdict(verdict: Verdict, reason: string): string {
  const word = `<span class="${verdict}">${verdict}</span>`;
  return reason === verdict ? word : `${word}<br><small>${reason.replaceAll("_", " ")}</small>`;
}

/** A command that masking would change names another profile: then the one that shows it on the host. */
function renderCommand(action: string, login: string, show: Show): string {
  const [start, rest] = action.startsWith(login) ? [login, action.slice(login.length)] : ["", action];
  const shown = escapeHtml(start) + show(rest);
  const isWhole = shown === escapeHtml(action);
  if (isWhole || action.startsWith("# ")) return `<code>${shown}</code>`;
  return "<code>agent-auth status</code> on the host shows the command";
}

function renderAction(message: string, action: string | null, login: string, show: Show): string {
  return [message === "" ? "" : show(message), action === null ? "" : renderCommand(action, login, show)]
    .filter((part) => part !== "")
    .join("<br>");
}

/** `in 3h 5m` and the absolute time; a date that is none says so. */
function renderInstant(at: Date, now: Date): string {
  if (Number.isNaN(at.getTime())) return "unknown";
  const iso = at.toISOString();
  const distance = formatDuration(at.getTime() - now.getTime());
  const relative = at > now ? `in ${distance}` : `${distance} ago`;
  return `${relative} <small><time datetime="${iso}">${iso.slice(0, 16).replace("T", " ")} UTC</time></small>`;
}

function locateAgents(snapshot: Snapshot): readonly Located<AgentReport>[] {
  const logins = findLogins(snapshot);
  return snapshot.installations.flatMap((installation) => {
    const login = logins.get(installation.id) ?? "";
    return installation.agents.map((report) => ({ installation, report, login }));
  });
}

function locateProfiles(snapshot: Snapshot): readonly LocatedProfile[] {
  const logins = findLogins(snapshot);
  return snapshot.installations.flatMap((installation) => {
    const stale = findStaleOwners(installation);
    const login = logins.get(installation.id) ?? "";
    return installation.profiles.map((report) => ({ installation, report, login, isStale: stale.has(report.owner) }));
  });
}

/** Those that cannot answer, then those of which nobody knows, then by verdict. */
function byAgentState(left: Located<AgentReport>, right: Located<AgentReport>): number {
  return (
    rankAnswer(left.report.canAnswer) - rankAnswer(right.report.canAnswer) ||
    rankVerdict(left.report.verdict) - rankVerdict(right.report.verdict) ||
    compareText(left.report.id, right.report.id)
  );
}

/** What needs somebody, then those of which nobody knows, then the others; in each by the end: what ends first needs somebody first. */
function byProfileState(left: LocatedProfile, right: LocatedProfile): number {
  const endOf = ({ report }: LocatedProfile) => report.expiresAt?.getTime() ?? Number.MAX_SAFE_INTEGER;
  return (
    rankProfile(left) - rankProfile(right) ||
    endOf(left) - endOf(right) ||
    compareText(left.report.profileId, right.report.profileId)
  );
}

function rankAnswer(canAnswer: boolean | null): number {
  return canAnswer === null ? 1 : canAnswer ? 2 : 0;
}

function rankProfile({ report, isStale }: LocatedProfile): number {
  return isStale ? rankVerdict("warning") + 0.5 : rankVerdict(report.verdict);
}

function rankVerdict(verdict: Verdict): number {
  return -VERDICTS.indexOf(verdict);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

const HTML = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

function escapeHtml(text: string): string {
  // Control and direction characters could make a command on the page read as another one.
  const visible = text.replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "\uFFFD");
  return visible.replaceAll(/[&<>"']/g, (character) => HTML.get(character) ?? character);
}
