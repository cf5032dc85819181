import { basename } from "node:path";
import type { Era } from "../provider.ts";
import type { UpstreamCli } from "./installation.ts";

/**
 * The command that this installation is operated with. Only JSON stores can still belong to a Clawdbot or Moltbot; a
 * directory or config of the newest name says that OpenClaw was there.
 */
export function nameCli(stateDir: string, configPath: string | null, era: Era): UpstreamCli {
  const directory = basename(stateDir);
  const config = configPath === null ? "" : basename(configPath);
  if (era === "sqlite" || directory.startsWith(".openclaw") || config === "openclaw.json") return "openclaw";
  const name = /^(clawdbot|moltbot)\.json$/.exec(config) ?? /^\.(clawdbot|moltbot)(?:-|$)/.exec(directory);
  return name === null ? "openclaw" : (name[1] as "clawdbot" | "moltbot");
}
