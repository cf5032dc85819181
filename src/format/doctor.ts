import { isBlinding, listOwnProblems, type Problem } from "../problem.ts";
import { shellWord } from "../shell-word.ts";
import {
  type AgentReport,
  type InstallationReport,
  isNothingFound,
  type Snapshot,
  type StoreReport,
} from "../snapshot.ts";
import { clean, measure, pad, type Paint, renderAction, shorten, wrap, wrapWhole } from "./terminal.ts";
import { plural } from "./text.ts";
import { describeInstant, describeNothingFound, listHostProblems, describeProblem } from "./words.ts";

export interface DoctorFacts {
  readonly snapshot: Snapshot;
  /** One line each on our own config and state. */
  readonly own: readonly {
    readonly label: string;
    readonly text: string;
    readonly isGood: boolean;
    /** Not good, but nothing that could not be looked at. */
    readonly isWarning?: boolean;
  }[];
  /** Name of a store format for a person. */
  readonly titleOf: (format: string) => string;
}

export interface DoctorLayout {
  readonly width: number;
  readonly paint: Paint;
}

/** What was searched, what was found and how it was read, and what is wrong with it. */
export function renderDoctor({ snapshot, own, titleOf }: DoctorFacts, layout: DoctorLayout): string {
  const { installations, searched } = snapshot;
  const { paint } = layout;
  const lines = [
    paint("bold", "agent-auth"),
    ...own.flatMap(({ label, text, isGood }) => {
      const [first = "", ...rest] = wrapWhole(clean(text), layout.width - 14);
      return [`  ${mark(isGood, paint)} ${pad(label, 8)}  ${first}`, ...rest.map((line) => `${" ".repeat(14)}${line}`)];
    }),
    "",
    paint("bold", "searched"),
    ...searched.flatMap((path) => indentPath(path, 4, layout.width)),
    ...listHostProblems(snapshot).flatMap((problem) => renderTrouble(describeProblem(problem), 4, layout)),
    ...(isNothingFound(snapshot) ? wrap(describeNothingFound(snapshot, true), layout.width) : []),
    ...installations.flatMap((installation) => ["", ...renderInstallation(installation, snapshot, titleOf, layout)]),
  ];
  return `${lines.join("\n")}\n`;
}

/** True when something could not be looked at. */
export function isBlind({ problems, installations }: Snapshot): boolean {
  const all = [
    ...problems,
    ...installations.flatMap((installation) => [
      ...installation.problems,
      ...installation.stores.flatMap((store) => store.problems),
    ]),
  ];
  return all.some(isBlinding) || installations.length === 0;
}

function renderInstallation(
  installation: InstallationReport,
  snapshot: Snapshot,
  titleOf: (format: string) => string,
  layout: DoctorLayout,
): readonly string[] {
  const { id, stateDir, configPath, agents, stores, kind, cli } = installation;
  const about = kind === "login" ? "login of another CLI" : `command: ${cli}`;
  const names = agents.map((agent) => (agent.isListed ? clean(agent.id) : `${clean(agent.id)} (not in the config)`));
  return [
    ...renderPlace("", clean(id), stateDir, about, layout),
    ...(kind === "login"
      ? []
      : wrapList("  config  ", [configPath === null ? "none" : clean(configPath)], layout.width)),
    ...(names.length === 0 ? [] : wrapList("  agents  ", names, layout.width)),
    ...listOwnProblems(installation, snapshot).flatMap((problem) => renderTrouble(describeProblem(problem), 2, layout)),
    ...stores.flatMap((store) => renderStore(store, installation, snapshot, titleOf, layout)),
  ];
}

function renderStore(
  store: StoreReport,
  installation: InstallationReport,
  { at }: Snapshot,
  titleOf: (format: string) => string,
  layout: DoctorLayout,
): readonly string[] {
  const count = installation.profiles.filter(({ owner }) => owner === store.owner).length;
  const facts = [
    titleOf(store.format),
    ...(store.schemaVersion === null ? [] : [`version ${store.schemaVersion}`]),
    plural(count, "profile"),
    ...(store.modifiedAt === null ? [] : [`written ${describeInstant(store.modifiedAt, at)}`]),
    ...(store.isStale && store.readAt !== null ? [`last read ${describeInstant(store.readAt, at)}`] : []),
  ];
  const indent = "      ";
  return [
    ...renderPlace(`  ${mark(store.isUp, layout.paint)} `, clean(store.owner), store.path, "", layout),
    ...wrap(facts.join(", "), layout.width - indent.length).map((line) => `${indent}${line}`),
    ...store.problems.flatMap((problem) => [
      ...renderTrouble(describeProblem(problem), indent.length, layout),
      ...renderAction(findRepair(problem, store, installation), indent.length + 2, layout.width),
    ]),
    ...(store.hasInsecureMode
      ? [
          ...renderTrouble("others can read or write it", indent.length, layout),
          ...renderAction(restrictMode(store, installation), indent.length + 2, layout.width),
        ]
      : []),
  ];
}

/** A name with its path beside it, or below it where the line is too short for both. */
function renderPlace(
  start: string,
  name: string,
  path: string,
  about: string,
  { width, paint }: DoctorLayout,
): readonly string[] {
  const indent = start === "" ? 2 : 6;
  const parts = [name, clean(path), about].filter((part) => part !== "");
  const used = parts.reduce((sum, part) => sum + measure(part) + 2, start === "" ? -2 : 2);
  const end = about === "" ? "" : `  ${paint("dim", about)}`;
  if (used <= width) return [`${start}${paint("bold", name)}  ${clean(path)}${end}`];
  return [
    `${start}${paint("bold", shorten(name, width - indent))}`,
    ...indentPath(path, indent, width),
    ...(about === "" ? [] : wrap(about, width - indent).map((line) => " ".repeat(indent) + paint("dim", line))),
  ];
}

function indentPath(path: string, indent: number, width: number): readonly string[] {
  const shown = clean(path);
  if (indent + measure(shown) <= width) return [" ".repeat(indent) + shown];
  return wrapWhole(shown, width - indent - 2).map(
    (line, index) => " ".repeat(index === 0 ? indent : indent + 2) + line,
  );
}

/** The command of an agent that reads the store, for what only OpenClaw itself can mend. */
function findRepair({ reason }: Problem, { owner }: StoreReport, { agents }: InstallationReport): string | null {
  const isToldSo = (agent: AgentReport): boolean => agent.reason === reason && agent.storeOwners.includes(owner);
  return agents.find(isToldSo)?.action ?? null;
}

function restrictMode({ path }: StoreReport, { remote }: InstallationReport): string {
  const start = remote === undefined ? "" : `${remote}:`;
  const file = path.startsWith(start) ? path.slice(start.length) : path;
  return `chmod 600 ${shellWord(clean(file))}${remote === undefined ? "" : `  # on ${clean(remote)}`}`;
}

function wrapList(label: string, names: readonly string[], width: number): readonly string[] {
  const indent = " ".repeat(label.length);
  return wrapWhole(names.join(", "), width - label.length).map(
    (line, index) => `${index === 0 ? label : indent}${line}`,
  );
}

function renderTrouble(text: string, indent: number, { width, paint }: DoctorLayout): readonly string[] {
  const blanks = " ".repeat(indent);
  return wrapWhole(text, width - indent - 2).map((line, index) =>
    paint("warning", `${blanks}${index === 0 ? "! " : "  "}${line}`),
  );
}

function mark(isGood: boolean, paint: Paint): string {
  return isGood ? paint("ok", "✓") : paint("critical", "✗");
}
