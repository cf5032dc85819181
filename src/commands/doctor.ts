import { accessSync, constants } from "node:fs";
import { type Config, DEFAULT_CONFIG } from "../config/config.ts";
import { findLackOfRoom, nearestExisting, ROOM_REMEDY } from "../disk-room.ts";
import { ConfigError } from "../errors.ts";
import { type DoctorFacts, isBlind, renderDoctor } from "../format/doctor.ts";
import { createPaint, wantsColours } from "../format/terminal.ts";
import { LOGIN_FORMATS, STORE_FORMATS } from "../stores/registry.ts";
import { findDigestKeyFault } from "../digest.ts";
import { REVISION, VERSION } from "../version.ts";
import { describeChannels } from "./channel-facts.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { wireChecker } from "./open-checker.ts";
import { openConfig, overlayOptions } from "./open-config.ts";
import type { OptionValues } from "./option-values.ts";
import { widthOf } from "./width.ts";

const EXIT_BLIND = 3;

type OwnFact = DoctorFacts["own"][number];

/** `agent-auth doctor`: shows what was searched and how it was read; exits 3 when something could not be looked at. */
export const runDoctorCommand: RunCommand = async (options, context) => {
  const { config, facts } = await tryConfig(options, context);
  const { checker, memory, storagePath } = wireChecker(config, context.env);
  const snapshot = await checker.check(context.now());
  const own: readonly OwnFact[] = [
    { label: "version", text: `${VERSION} (${REVISION}), Node.js ${process.versions.node}`, isGood: true },
    ...facts,
    ...(await describeWebConfig(config.web.configFile, context.now())),
    describeStorage(storagePath),
    ...memory.warnings.map((text) => ({ label: "warning", text, isGood: false })),
    ...describeChannels(config, storagePath, context),
  ];
  const paint = createPaint(wantsColours(context.env, context.stdout.isTTY));
  context.write(renderDoctor({ snapshot, own, titleOf }, { width: widthOf(context), paint }));
  return isBlind(snapshot) || own.some(({ isGood, isWarning }) => !isGood && isWarning !== true) ? EXIT_BLIND : 0;
};

/** A config that cannot be used is one of the things to look at: the rest is shown with the defaults. */
async function tryConfig(
  options: OptionValues,
  { env, cacheDirectory }: CommandContext,
): Promise<{ readonly config: Config; readonly facts: readonly OwnFact[] }> {
  try {
    const { config, path, warning } = await openConfig(options, { env, cacheDirectory });
    const text = path === null ? "no file found, defaults are in effect" : `${path} is valid`;
    const exposed = warning === null ? [] : [{ label: "config", text: warning, isGood: false, isWarning: true }];
    return { config, facts: [{ label: "config", text, isGood: true }, ...exposed] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {
      config: await overlayOptions(DEFAULT_CONFIG, options),
      facts: [{ label: "config", text: error.message, isGood: false }],
    };
  }
}

async function describeWebConfig(path: string | null, now: Date): Promise<readonly OwnFact[]> {
  if (path === null) return [];
  const { readWebConfig } = await import("../config/web-file.ts");
  const reading = readWebConfig(path, now);
  const label = "web config";
  if (reading.kind === "bad") {
    return reading.error.message.split("\n").map((text) => ({ label, text, isGood: false }));
  }
  return [
    { label, text: `${path} is valid`, isGood: true },
    ...reading.notes.map((text) => ({ label, text, isGood: true })),
  ];
}

function describeStorage(path: string): OwnFact {
  const existing = nearestExisting(path);
  const fault = findDigestKeyFault(path);
  if (fault !== null) return { label: "state", text: fault, isGood: false };
  const lack = findLackOfRoom(path);
  if (lack !== null) return { label: "state", text: `${path}: ${lack}; ${ROOM_REMEDY}`, isGood: false };
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
    return { label: "state", text: existing === path ? path : `${path} (made upon first use)`, isGood: true };
  } catch {
    return { label: "state", text: `${path} cannot be written; name another place with --storage.path`, isGood: false };
  }
}

function titleOf(format: string): string {
  const titles: Readonly<Record<string, { readonly title: string }>> = { ...STORE_FORMATS, ...LOGIN_FORMATS };
  return titles[format]?.title ?? format;
}
