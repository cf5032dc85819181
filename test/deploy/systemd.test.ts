import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/commands/commands.ts";
import { parsePlainly } from "../../src/commands/parse.ts";
import { renderUnit } from "../../src/install/systemd-unit.ts";
import { requireProgram } from "../real-program.ts";

const DEPLOY = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "deploy/systemd");
const SCOPES = ["system", "user"] as const;
const templates = globSync("{system,user}/*.{service,timer}", { cwd: DEPLOY });
const analyze = requireProgram("systemd-analyze");

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-units-"));
  for (const name of templates) {
    mkdirSync(join(directory, dirname(name)), { recursive: true });
    // Both exist on every host, and what is started is not looked at.
    const program = { node: process.execPath, script: "/bin/true" };
    const unit = renderUnit(read(name), { program, configFile: null, credentials: [] });
    writeFileSync(join(directory, name), unit);
  }
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function read(name: string): string {
  return readFileSync(join(DEPLOY, name), "utf8");
}

function settings(name: string, key: string): readonly string[] {
  return [...read(name).matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

/** The part that says what the process may do. */
function hardening(name: string): string {
  const text = read(name);
  return text.slice(text.indexOf("NoNewPrivileges="), text.indexOf("TasksMax="));
}

test.runIf(analyze !== null).each(SCOPES)("systemd finds nothing to complain about in the units of the %s", (scope) => {
  const units = globSync("*.{service,timer}", { cwd: join(directory, scope) });
  // A template can only be looked at as one of its instances.
  const paths = units.map((name) => join(directory, scope, name.replace("@.", "@pat.")));
  const env = { ...process.env, XDG_RUNTIME_DIR: directory };
  const answer = spawnSync(String(analyze), [`--${scope}`, "verify", "--man=no", ...paths], { env, encoding: "utf8" });
  expect(answer).toMatchObject({ status: 0, stderr: "" });
});

describe.runIf(analyze !== null)("exposure", () => {
  test.each(templates.filter((name) => name.startsWith("system/") && name.endsWith(".service")))(
    "%s: at most 2.0",
    (name) => {
      expect(measureExposure(name)).toBeLessThanOrEqual(2);
    },
  );

  // Without the sandboxes that need namespaces, which many kernels refuse to users.
  test.each(templates.filter((name) => /^user.*(?:exporter|check)\.service$/.test(name)))(
    "%s: less than without",
    (name) => {
      expect(measureExposure(name)).toBeLessThan(8);
    },
  );

  function measureExposure(name: string): number {
    const path = join(directory, name);
    const text = execFileSync(String(analyze), ["security", "--offline=true", path], { encoding: "utf8" });
    return Number(/Overall exposure level for .*: ([\d.]+)/.exec(text)?.[1] ?? Number.NaN);
  }
});

describe("the units", () => {
  test.each(["system/agent-auth-", "user/agent-auth-"])("%s*: service and check may do the same", (prefix) => {
    expect(hardening(`${prefix}check.service`)).toBe(hardening(`${prefix}exporter.service`));
  });

  test("an instance may do the same as another", () => {
    expect(hardening("system/agent-auth-check@.service")).toBe(hardening("system/agent-auth-exporter@.service"));
  });

  test.each(templates.filter((name) => /(?:exporter|check)@?\.service$/.test(name)))(
    "%s runs what there is",
    (name) => {
      const [program, ...args] = settings(name, "ExecStart")[0]?.split(" ") ?? [];
      expect(program).toBe("/usr/local/bin/agent-auth");
      expect(parsePlainly(args, COMMANDS)).toMatchObject({ kind: "run" });
      expect(settings(name, "OnFailure")).toEqual(["agent-auth-failure@%n.service"]);
      expect(settings(name, "MemoryDenyWriteExecute")).toEqual([]);
      expect(settings(name, "LimitCORE")).toEqual(["0"]);
    },
  );

  test.each(templates.filter((name) => name.includes("agent-auth-check") && name.endsWith(".service")))(
    "%s fails for what is critical or unknown, and not for a warning",
    (name) => {
      expect(settings(name, "SuccessExitStatus")).toEqual(["2"]);
      expect(read(name)).toContain(" --judge verdict --notify");
    },
  );

  test.each(templates.filter((name) => name.includes("agent-auth-exporter")))(
    "%s is restarted, but not in vain",
    (name) => {
      expect(settings(name, "Type")).toEqual(["notify"]);
      expect(settings(name, "NotifyAccess")).toEqual(["all"]);
      expect(settings(name, "Restart")).toEqual(["on-failure"]);
      expect(settings(name, "RestartPreventExitStatus")).toEqual(["64 78"]);
      expect(settings(name, "WatchdogSec")).toEqual(["2min"]);
    },
  );

  test.each(templates.filter((name) => name.endsWith(".timer")))("%s makes up for what was missed", (name) => {
    expect(settings(name, "Persistent")).toEqual(["yes"]);
    expect(settings(name, "RandomizedDelaySec")).toEqual(["30s"]);
    expect(basename(name)).toMatch(/^agent-auth-check@?\.timer$/);
  });
});
