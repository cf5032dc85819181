import { checkCode } from "../exit-code.ts";
import { DEFAULT_QUESTION, findFindings } from "../findings.ts";
import { renderSnapshotJson } from "../format/json.ts";
import { renderStatus } from "../format/status.ts";
import { createPaint, wantsColours } from "../format/terminal.ts";
import { UsageError } from "../errors.ts";
import { type Selection, selectSnapshot } from "../select.ts";
import type { Snapshot } from "../snapshot.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { parseInstantOption } from "./instant.ts";
import { openChecker } from "./open-checker.ts";
import { refuseUnknown } from "./unknown.ts";
import { watch } from "./watch.ts";
import { widthOf } from "./width.ts";

/** `agent-auth status`: the facts for a person. It exits 0 whatever it shows; `check` is for scripts. */
export const runStatusCommand: RunCommand = async (options, context) => {
  const isWatching = options.isOn("watch");
  if (isWatching && options.isOn("json")) throw new UsageError("--watch: expected no --json beside it; leave one out");
  const selection = { agents: options.list("agent"), providers: options.list("provider") };
  const atText = options.text("at");
  const { checker } = await openChecker(options, context);
  const look = async (): Promise<Snapshot> => {
    const now = context.now();
    return checker.check(now, atText === null ? now : parseInstantOption(atText, now));
  };
  const snapshot = await look();
  refuseUnknown(snapshot, selection, findFindings(snapshot, { ...DEFAULT_QUESTION, ...selection }));
  if (isWatching) {
    await watch(context, async () => show(await look(), selection, context));
    return 0;
  }
  context.write(options.isOn("json") ? showJson(snapshot, selection) : show(snapshot, selection, context));
  return 0;
};

function show(snapshot: Snapshot, selection: Selection, context: CommandContext): string {
  const paint = createPaint(wantsColours(context.env, context.stdout.isTTY));
  return renderStatus(selectSnapshot(snapshot, selection), { width: widthOf(context), paint });
}

function showJson(snapshot: Snapshot, selection: Selection): string {
  const code = checkCode(snapshot, { ...DEFAULT_QUESTION, ...selection });
  return renderSnapshotJson(selectSnapshot(snapshot, selection), code);
}
