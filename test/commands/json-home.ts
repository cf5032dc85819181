import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const HOUR = 3_600_000;

/** Unix milliseconds so many hours from the moment of the call. */
export function inHours(hours: number): number {
  return Date.now() + hours * HOUR;
}

/** A token for Anthropic; without an end it is static. */
export function token(expires?: number): Readonly<Record<string, unknown>> {
  return { type: "token", provider: "anthropic", token: "sk-ant-oat01-CANARY-token", ...(expires ? { expires } : {}) };
}

/** Writes `.openclaw` with a config that answers with Anthropic, and main's store; text is written as it is. */
export function writeHome(home: string, profiles: Readonly<Record<string, unknown>> | string): void {
  const stateDir = join(home, ".openclaw");
  const agentDir = join(stateDir, "agents/main/agent");
  mkdirSync(agentDir, { recursive: true });
  const config = { agents: { defaults: { model: { primary: "anthropic/claude-opus-4-5" } } } };
  writeFileSync(join(stateDir, "openclaw.json"), JSON.stringify(config), { mode: 0o600 });
  const text = typeof profiles === "string" ? profiles : JSON.stringify({ version: 1, profiles });
  writeFileSync(join(agentDir, "auth-profiles.json"), text, { mode: 0o600 });
}
