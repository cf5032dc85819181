import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
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
    case "service": {
      const run = render("service/run");
      // Whoever finds `run` looks for a log once, so that comes first.
      return [
        toScript(join(places.service, "log/run"), render("service/log/run")),
        toScript(join(places.service, "finish"), render("service/finish")),
        toScript(join(places.service, "run"), tellsSomebody(request) ? run : run.replace(/ --expect-channel\b/, "")),
      ];
    }
    case "job":
      return [toScript(places.job, render("check"))];
    case "cron":
      return [toScript(places.cron, render("check"))];
  }
}

/** Whether what is installed is there to tell; the config that is written where there is none has a channel. */
export function tellsSomebody({ config }: InstallRequest): boolean {
  return config === null || config.path === null || config.untold === null;
}

/** What Termux:Boot starts: whatever starts the way to run. */
export function renderBoot(places: Places, request: InstallRequest, way: Way, schedule: Command): InstalledFile {
  const takesLock = request.isOn("wake-lock") || keepsWakeLock(places, request);
  const usesServices = way === "service" || (way === "cron" && existsSync(join(places.prefix, "var/service/crond")));
  const blocks = [...(takesLock ? ["wake-lock"] : []), usesServices ? "service" : way];
  const text = renderScript(keepBlocks(readTemplate("termux/boot"), blocks), valuesOf(places, request));
  return toScript(
    places.boot,
    text.replace(/termux-job-scheduler .+/, () => schedule.argv.join(" ")),
  );
}

/** What was asked for once stays until it is dropped. */
export function keepsWakeLock({ boot }: Places, { isOn }: InstallRequest): boolean {
  const hasLock = existsSync(boot) && /^[^#\n]*\btermux-wake-lock\b/m.test(readFileSync(boot, "utf8"));
  return hasLock && !isOn("wake-lock") && !isOn("drop-wake-lock");
}

/** Where the widgets would be. */
export function widgetPaths({ shortcuts }: Places): readonly string[] {
  return WIDGETS.map(([name]) => join(shortcuts, name));
}

/** What Termux:Widget shows. */
export function renderWidgets(places: Places, request: InstallRequest): readonly InstalledFile[] {
  const template = readTemplate("termux/widget");
  return WIDGETS.map(([name, verb]) => {
    const text = template.replace(/ widget status$/m, ` widget ${verb}`);
    return toScript(join(places.shortcuts, name), renderScript(text, valuesOf(places, request)));
  });
}

/** Where our own files are for the shell that installs; what Android starts knows nothing of its variables. */
const CARRIED = ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] as const;

function valuesOf({ prefix, home }: Places, { program, text, env }: InstallRequest): ScriptValues {
  const asked = text("config.file");
  const carried = CARRIED.flatMap((name) => {
    const value = env[name];
    // The XDG specification says to ignore a relative path.
    return value !== undefined && isAbsolute(value) ? [[name, value] as const] : [];
  });
  return { program, prefix, home, configFile: asked === null ? null : resolve(asked), carried };
}

function toScript(path: string, text: string): InstalledFile {
  return { path, text, mode: 0o700, kind: "managed", directoryMode: 0o700 };
}

/** A config to start from, where there is none. */
export function toConfig(path: string): InstalledFile {
  return { path, text: readTemplate("termux/config.yaml"), mode: 0o600, kind: "start", directoryMode: 0o700 };
}
