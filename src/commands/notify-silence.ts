import { randomBytes } from "node:crypto";
import type { Silence } from "../alerts/alert-store.ts";
import { MATCH_LABELS, wordsWithout } from "../alerts/match.ts";
import { formatInstant, relativeTo } from "../alerts/message-words.ts";
import { suggest } from "../config/suggest.ts";
import { UsageError } from "../errors.ts";
import { toJsonText } from "../format/json.ts";
import { clean } from "../format/terminal.ts";
import type { RunCommand } from "./command.ts";
import { parseDurationOption } from "./instant.ts";
import { withAlertStore } from "./alert-state.ts";
import { renderLines, renderRows } from "./entries.ts";
import { findId } from "./short-id.ts";
import { widthOf } from "./width.ts";

const WORKING_DAY_MS = 8 * 3_600_000;
const LIMITS = { minMs: 1_000, maxMs: 366 * 86_400_000 };
const MAX_COMMENT = 500;

/** `agent-auth notify silence add`: prints the id of the new silence, and until when it holds. */
export const runSilenceAdd: RunCommand = async (options, context) => {
  const startsAt = context.now();
  const lastsMs = parseDurationOption("for", options.text("for"), LIMITS) ?? WORKING_DAY_MS;
  const silence: Silence = {
    id: randomBytes(4).toString("hex"),
    matchers: parseMatchers(options.text("matchers") ?? ""),
    startsAt,
    endsAt: new Date(startsAt.getTime() + lastsMs),
    comment: clean(options.text("comment") ?? "").slice(0, MAX_COMMENT),
  };
  return withAlertStore(options, context, (store, { alerts }, file) => {
    store.addSilence(silence);
    const until = formatInstant(silence.endsAt, alerts.timezone);
    const said = [`${silence.id}: ${renderMatchers(silence)} silenced until ${until}`, `kept in ${file}`];
    context.write(renderLines(said, widthOf(context)));
    return 0;
  });
};

/** `agent-auth notify silence list`: those in force. */
export const runSilenceList: RunCommand = async (options, context) =>
  withAlertStore(options, context, (store, { alerts }, file) => {
    const now = context.now();
    const inForce = store.silences().filter(({ endsAt }) => endsAt > now);
    if (options.isOn("json")) context.write(`${toJsonText(inForce)}\n`);
    else if (inForce.length === 0) context.write(renderLines([`nothing is silenced: ${file}`], widthOf(context)));
    else {
      const rows = inForce.map((silence) => [
        silence.id,
        `${formatInstant(silence.endsAt, alerts.timezone)} (${relativeTo(silence.endsAt, now)})`,
        renderMatchers(silence),
        clean(silence.comment),
      ]);
      context.write(renderRows(["ID", "UNTIL", "MATCHES", "COMMENT"], rows, widthOf(context)));
    }
    return 0;
  });

/** `agent-auth notify silence expire`: what it covered is told again from the next check on. */
export const runSilenceExpire: RunCommand = async (options, context) =>
  withAlertStore(options, context, (store) => {
    const now = context.now();
    const known = store
      .silences()
      .filter(({ endsAt }) => endsAt > now)
      .map((silence) => silence.id);
    const remedy = known.length === 0 ? "none is in force" : `in force are ${known.join(", ")}`;
    const id = findId(options.text("id") ?? "", known, "a silence", remedy);
    store.expireSilence(id, now);
    context.write(`${id}: ended\n`);
    return 0;
  });

/** Labels and patterns of `provider=openai,agent=ops`. Throws `UsageError`, for a silence that is misread hides too much or nothing. */
export function parseMatchers(text: string): Readonly<Record<string, string>> {
  const matchers = new Map<string, string>();
  for (const part of text.split(",")) {
    const [label = "", ...rest] = part.split("=");
    const [name, pattern] = [label.trim(), rest.join("=").trim()];
    if (!MATCH_LABELS.some((known) => known === name)) {
      const near = suggest(name, MATCH_LABELS);
      const remedy = near === null ? `the labels are ${MATCH_LABELS.join(", ")}` : `did you mean ${near}?`;
      throw new UsageError(`expected label=pattern, got ${JSON.stringify(clean(part))}; ${remedy}`);
    }
    if (pattern === "" || matchers.has(name)) {
      throw new UsageError(`${name}: expected one pattern, got ${pattern === "" ? "none" : "two"}; write ${name}=*`);
    }
    const words = wordsWithout(name, pattern);
    if (words !== null) {
      const near = suggest(pattern, words);
      const remedy = near === null ? `they are ${words.join(", ")}` : `did you mean ${near}?`;
      throw new UsageError(
        `${name}: expected a ${name} that there is, got ${JSON.stringify(clean(pattern))}; ${remedy}`,
      );
    }
    matchers.set(name, pattern);
  }
  return Object.fromEntries(matchers);
}

function renderMatchers({ matchers }: Silence): string {
  return Object.entries(matchers)
    .map(([label, pattern]) => clean(`${label}=${pattern}`))
    .join(",");
}
