import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";

export const OPENCLAW_VERSION = "2026.9.6";

/** Runs `openclaw` in one home, as a person who has nothing else set; resolves to its standard output. */
export type RunOpenclaw = (args: readonly string[], input?: string) => string;

/**
 * Directory that holds `node_modules/openclaw`: the one named by OPENCLAW_DIR, else a fresh installation below
 * `directory`. Its install scripts do not run.
 */
export function installOpenclaw(directory: string): string {
  const given = process.env["OPENCLAW_DIR"];
  if (given !== undefined) return given;
  const target = join(directory, "openclaw");
  console.log(`installing openclaw@${OPENCLAW_VERSION} (about 650 MB) into ${target}`);
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", ["install", "--prefix", target, ...flags, `openclaw@${OPENCLAW_VERSION}`], { stdio: "inherit" });
  return target;
}

export function createOpenclaw(directory: string, home: string): RunOpenclaw {
  const program = join(directory, "node_modules/openclaw/openclaw.mjs");
  if (!existsSync(program)) throw new Error(`expected ${program}; is OPENCLAW_DIR the directory above node_modules?`);
  const env = isolatedEnvironment(home);
  return (args, input = "") => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
      env,
      input,
      encoding: "utf8",
      timeout: 300_000,
    });
    if (status !== 0) throw new Error(`openclaw ${args.join(" ")} exited with ${status}\n${stderr}`);
    return stdout;
  };
}

/** Nothing of the caller's environment, and a proxy that nobody listens on: its plugins and refreshes stay offline. */
export function isolatedEnvironment(home: string): Record<string, string> {
  const nowhere = "http://127.0.0.1:9";
  return {
    HOME: home,
    PATH: [dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter),
    NO_COLOR: "1",
    NODE_USE_ENV_PROXY: "1",
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    NO_PROXY: "",
    npm_config_offline: "true",
  };
}
