import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command, InstalledFile, InstallRequest } from "./target.ts";
import { readTemplate } from "./template.ts";
import type { Places } from "./termux-places.ts";
import { keepBlocks, renderScript, type ScriptValues } from "./termux-script.ts";
import type { Way } from "./termux-ways.ts";

/** Widgets by the name that the phone shows; the first ones run unseen, the last one opens a terminal. */
const WIDGETS = [
  ["tasks/Agent status", "status"],
  ["tasks/Agent what to do", "todo"],
  ["tasks/Agent re-check", "recheck"],
  ["Agent re-authenticate", "reauth"],
] as const;

/** What a way to run consists of. */
export function filesOf(way: Way, places: Places, request: InstallRequest): readonly InstalledFile[] {
  const values = valuesOf(places, request);
  const render = (name: string): string => renderScript(readTemplate(`termux/${name}`), values);
  switch (way) {
    case "service":
      // Whoever finds `run` looks for a log once, so that comes first.
      return [
        toScript(join(places.service, "log/run"), render("service/log/run")),
        toScript(join(places.service, "finish"), render("service/finish")),
        toScript(join(places.service, "run"), render("service/run")),
      ];
    case "job":
      return [toScript(places.job, render("check"))];
    case "cron":
      return [toScript(places.cron, render("check"))];
  }
}

/** What Termux:Boot starts: whatever starts the way to run. */
export function renderBoot(places: Places, request: InstallRequest, way: Way, schedule: Command): InstalledFile {
  const usesServices = way === "service" || (way === "cron" && existsSync(join(places.prefix, "var/service/crond")));
  const blocks = [...(request.isOn("wake-lock") ? ["wake-lock"] : []), usesServices ? "service" : way];
  const text = renderScript(keepBlocks(readTemplate("termux/boot"), blocks), valuesOf(places, request));
  return toScript(
    places.boot,
    text.replace(/termux-job-scheduler .+/, () => schedule.argv.join(" ")),
  );
}

/** What Termux:Widget shows. */
export function renderWidgets(places: Places, request: InstallRequest): readonly InstalledFile[] {
  const template = readTemplate("termux/widget");
  return WIDGETS.map(([name, verb]) => {
    const text = template.replace(/ widget status$/m, ` widget ${verb}`);
    return toScript(join(places.shortcuts, name), renderScript(text, valuesOf(places, request)));
  });
}

function valuesOf({ prefix, home }: Places, { program, text, configPath }: InstallRequest): ScriptValues {
  const asked = text("config.file");
  // What is started by Android knows nothing of a variable that a shell has.
  const isFoundAnyway = configPath === join(home, ".config/agent-auth-exporter/config.yaml");
  const configFile = asked === null ? (isFoundAnyway ? null : configPath) : resolve(asked);
  return { program, prefix, home, configFile };
}

function toScript(path: string, text: string): InstalledFile {
  return { path, text, mode: 0o700, kind: "managed", directoryMode: 0o700 };
}

/** A config to start from, where there is none. */
export function toConfig(path: string): InstalledFile {
  return { path, text: readTemplate("termux/config.yaml"), mode: 0o600, kind: "start", directoryMode: 0o700 };
}
