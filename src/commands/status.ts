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
import type { Remotes } from "./open-remotes.ts";
import { refuseUnknown } from "./unknown.ts";
import { PERIOD_MS, watch } from "./watch.ts";
import { widthOf } from "./width.ts";

/** `agent-auth status`: the facts for a person. It exits 0 whatever it shows; `check` is for scripts. */
export const runStatusCommand: RunCommand = async (options, context) => {
  const isWatching = options.isOn("watch");
  if (isWatching && options.isOn("json")) throw new UsageError("--watch: expected no --json beside it; leave one out");
  const selection = { agents: options.list("agent"), providers: options.list("provider") };
  const atText = options.text("at");
  const view: View = { redraw: () => undefined, fault: null };
  const beat = isWatching ? { now: context.now, onAnswer: () => view.redraw() } : null;
  const { checker, remotes } = await openChecker(options, context, beat);
  const look = async (): Promise<Snapshot> => {
    const now = context.now();
    return checker.check(now, atText === null ? now : parseInstantOption(atText, now));
  };
  let isJudged = false;
  /** Until every host has been asked once: one that has not may hold what is meant. What goes later on is no mistake. */
  const refuse = (seen: Snapshot): void => {
    if (isJudged) return;
    refuseUnknown(seen, selection, findFindings(seen, { ...DEFAULT_QUESTION, ...selection }));
    isJudged = seen.remotes.every(({ isUp }) => isUp !== null);
  };
  const snapshot = await look();
  refuse(snapshot);
  if (!isWatching) {
    context.write(options.isOn("json") ? showJson(snapshot, selection) : show(snapshot, selection, context));
    return 0;
  }
  const asking = askBeside(remotes, view);
  try {
    await watch(context, async (redraw) => {
      view.redraw = redraw;
      if (view.fault !== null) throw view.fault;
      const seen = await look();
      refuse(seen);
      return show(seen, selection, context);
    });
  } finally {
    asking.close();
  }
  return 0;
};

/** What frames share with what goes on beside them. */
interface View {
  redraw: () => void;
  /** A bug in what goes on beside them, for the next frame to throw. */
  fault: Error | null;
}

/** Asks other hosts as often as there are frames: one that takes its time keeps nobody from seeing the rest. */
function askBeside(remotes: Remotes, view: View): { readonly close: () => void } {
  const ask = (): void => {
    remotes.ask().catch((error: unknown) => {
      view.fault = error instanceof Error ? error : new Error(String(error));
    });
  };
  ask();
  const timer = setInterval(ask, PERIOD_MS);
  return {
    close() {
      clearInterval(timer);
      remotes.close();
    },
  };
}

function show(snapshot: Snapshot, selection: Selection, context: CommandContext): string {
  const paint = createPaint(wantsColours(context.env, context.stdout.isTTY));
  return renderStatus(selectSnapshot(snapshot, selection), { width: widthOf(context), paint });
}

function showJson(snapshot: Snapshot, selection: Selection): string {
  const code = checkCode(snapshot, { ...DEFAULT_QUESTION, ...selection });
  return renderSnapshotJson(selectSnapshot(snapshot, selection), code);
}
