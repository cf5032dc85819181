import { existsSync, readdirSync } from "node:fs";
import { basename, isAbsolute, join, resolve } from "node:path";
import { UnavailableError, UsageError } from "../errors.ts";
import { ownHome } from "../own-home.ts";
import { findReplaceable } from "./program.ts";
import { renderUnit } from "./systemd-unit.ts";
import type { Command, Installation, InstalledFile, InstallRequest, InstallTarget } from "./target.ts";
import { readTemplate } from "./template.ts";

const CONFIG_DIR = "/etc/agent-auth-exporter";
/** Not the name that every user's `agent-auth` looks for: they may not read what is named in there. */
const ALL_USERS = "all-users.yaml";
const SYSTEM_UNITS = "/etc/systemd/system";
const SYSUSERS = "/etc/sysusers.d/agent-auth.conf";
const LINGER = "/var/lib/systemd/linger";

/** Names of users and credentials that mean nothing else in a unit or its name. */
const PLAIN_NAME = /^[A-Za-z_][\w.-]*$/;

type Job = "serve" | "timer";

/** The unit that is enabled for each job, and what it consists of; `@` stands before the dot of a template. */
const UNITS: Readonly<Record<Job, { readonly enabled: string; readonly files: readonly string[] }>> = {
  serve: { enabled: "agent-auth-exporter.service", files: ["agent-auth-exporter.service"] },
  timer: { enabled: "agent-auth-check.timer", files: ["agent-auth-check.service", "agent-auth-check.timer"] },
};
const FAILURE = "agent-auth-failure@.service";
const JOBS = ["serve", "timer"] as const;

interface Wish {
  readonly isSystem: boolean;
  readonly isRemoval: boolean;
  readonly jobs: readonly Job[];
  /** One instance of the templates for each of them; none is one unit for all users. */
  readonly users: readonly string[];
  readonly configFile: string | null;
  readonly credentials: readonly { readonly name: string; readonly path: string }[];
}

/** Units of the system's manager or of the user's own, from `deploy/systemd/`. */
export const SYSTEMD: InstallTarget = {
  name: "systemd",
  prepare(request) {
    const wish = readWish(request);
    if (wish.isSystem && !wish.isRemoval) refuseReplaceable(request);
    return wish.isSystem ? prepareSystem(wish, request) : prepareUser(wish, request);
  },
};

function prepareSystem(wish: Wish, { program }: InstallRequest): Installation {
  const { users, jobs, isRemoval, configFile } = wish;
  const unit = (name: string): InstalledFile =>
    toFile(join(SYSTEM_UNITS, name), renderUnit(readTemplate(`deploy/systemd/system/${name}`), { program, ...wish }));
  const plain = jobs.flatMap((job) => UNITS[job].files);
  const templates = plain.map(toTemplate);
  const names = isRemoval ? [...plain, ...templates] : users.length === 0 ? plain : templates;
  const isForAll = isRemoval || users.length === 0;
  const configs = isRemoval ? listConfigs() : users.length === 0 ? [ALL_USERS] : users.map((user) => `${user}.yaml`);
  const starts = configFile === null ? configs.map((name) => join(CONFIG_DIR, name)) : [];
  const enabled = jobs.flatMap((job) => {
    const { enabled: name } = UNITS[job];
    return users.length === 0 ? [name] : users.map((user) => name.replace(".", `@${user}.`));
  });
  return {
    files: [
      ...starts.map(toConfig),
      ...(isForAll ? [toFile(SYSUSERS, readTemplate("deploy/systemd/system/agent-auth.sysusers"))] : []),
      ...[...names, FAILURE].map(unit),
    ],
    required: users.map((user) => ({
      argv: ["id", "-u", "--", user],
      remedy: "name a user of this host with --as, or make that one",
    })),
    start: (isChanged) => [
      ...(isForAll ? [{ argv: ["systemd-sysusers", SYSUSERS] }] : []),
      ...startUnits(["systemctl"], enabled, isChanged),
    ],
    stop: (files) => stopUnits(["systemctl"], files),
    afterRemoval: afterRemoval(["systemctl"]),
    env: {},
    notes: [`config: ${configFile ?? starts.join(", ")}`, ...hints("", enabled)],
    notesAfterRemoval: [
      "what it remembers stays in /var/lib/agent-auth-exporter*, and so does the user agent-auth; to remove them:",
      "  rm -r /var/lib/agent-auth-exporter*; userdel agent-auth",
    ],
  };
}

function prepareUser(wish: Wish, { program, env, user, isOn }: InstallRequest): Installation {
  const isDryRun = isOn("dry-run");
  const home = ownHome(env);
  const xdg = env["XDG_CONFIG_HOME"];
  const directory = join(xdg && isAbsolute(xdg) ? xdg : join(home, ".config"), "systemd/user");
  const names = [...wish.jobs.flatMap((job) => UNITS[job].files), FAILURE];
  const enabled = wish.jobs.map((job) => UNITS[job].enabled);
  const systemctl = ["systemctl", "--user"];
  const runtime = env["XDG_RUNTIME_DIR"] || `/run/user/${user.uid}`;
  if (!isDryRun && !existsSync(join(runtime, "systemd"))) {
    throw new UnavailableError(
      `--user: expected the systemd of ${user.name} to run, found none in ${runtime}; log in, or have it run always: loginctl enable-linger ${user.name}`,
    );
  }
  const lingers = existsSync(join(LINGER, user.name));
  return {
    files: names.map((name) =>
      toFile(join(directory, name), renderUnit(readTemplate(`deploy/systemd/user/${name}`), { program, ...wish })),
    ),
    required: [],
    start: (isChanged) => startUnits(systemctl, enabled, isChanged),
    stop: (files) => stopUnits(systemctl, files),
    afterRemoval: afterRemoval(systemctl),
    // A shell opened by su or sudo has none, and the manager of the user cannot be reached without.
    env: { XDG_RUNTIME_DIR: runtime },
    notes: [
      ...hints("--user ", enabled),
      ...(lingers ? [] : [`it ends when ${user.name} logs out, unless you run: loginctl enable-linger ${user.name}`]),
    ],
    notesAfterRemoval: [`what it remembers stays in ${join(home, ".local/state/agent-auth-exporter")}`],
  };
}

function readWish({ text, list, isOn, user, env }: InstallRequest): Wish {
  for (const [one, other] of [
    ["user", "system"],
    ["serve", "timer"],
  ] as const) {
    if (isOn(one) && isOn(other)) throw new UsageError(`--${one}: expected no --${other} beside it; leave one out`);
  }
  const isSystem = isOn("system") || (!isOn("user") && user.uid === 0);
  const isRemoval = isOn("uninstall");
  const narrowing = ["serve", "timer"].find((name) => isOn(name)) ?? (list("as").length > 0 ? "as" : null);
  if (isRemoval && narrowing !== null) {
    throw new UsageError(
      `--${narrowing}: expected nothing of the kind beside --uninstall, which removes all; leave it out`,
    );
  }
  if (isSystem && user.uid !== 0 && !isOn("dry-run")) {
    throw new UsageError("--system: expected to be run by root; run it with sudo, or install for yourself with --user");
  }
  if (!isSystem && user.uid === 0 && env["SUDO_USER"]) {
    throw new UsageError(
      `--user: expected to be run by the user it is for, not by root; run it as ${env["SUDO_USER"]}`,
    );
  }
  const users = list("as");
  if (!isSystem && users.length > 0)
    throw new UsageError("--as: expected --system beside it; a user's units run as the user");
  const odd = users.find((name) => !PLAIN_NAME.test(name));
  if (odd !== undefined) throw new UsageError(`--as: expected the name of a user, got ${JSON.stringify(odd)}`);
  const configFile = text("config.file");
  return {
    isSystem,
    isRemoval,
    jobs: isRemoval ? JOBS : [isOn("timer") ? "timer" : "serve"],
    users,
    configFile: configFile === null ? null : resolve(configFile),
    credentials: list("credential").map(parseCredential),
  };
}

function parseCredential(given: string): { readonly name: string; readonly path: string } {
  const [, name = "", path = ""] = /^([^:]+):(.+)$/.exec(given) ?? [];
  if (!PLAIN_NAME.test(name) || !isAbsolute(path) || /[\n\r]/.test(path)) {
    throw new UsageError(
      `--credential: expected a name and an absolute path, such as smtp-password:${CONFIG_DIR}/smtp-password, got ${JSON.stringify(given)}`,
    );
  }
  return { name, path };
}

/** What a system unit runs may read all users' stores, so nobody but root may be able to put something else there. */
function refuseReplaceable({ program: { node, script } }: InstallRequest): void {
  for (const path of [node, script]) {
    const found = findReplaceable(path);
    if (found === null) continue;
    throw new UnavailableError(
      `--system: expected a program that only root can change, but ${found}, on the way to ${path}, can be changed by others; ` +
        "install Node.js and agent-auth as root, or install for yourself with --user",
    );
  }
}

/** Ours are told by their marks. */
function listConfigs(): readonly string[] {
  return existsSync(CONFIG_DIR) ? readdirSync(CONFIG_DIR).filter((name) => name.endsWith(".yaml")) : [];
}

/** The one for all users may get secrets that only root, and who may read everything, has to read. */
function toConfig(path: string): InstalledFile {
  const isForAll = basename(path) === ALL_USERS;
  const text = readTemplate(`deploy/systemd/system/${isForAll ? ALL_USERS : "one-user.yaml"}`);
  return { path, text, mode: isForAll ? 0o600 : 0o644, kind: "start" };
}

function toFile(path: string, text: string): InstalledFile {
  return { path, text, mode: 0o644, kind: "managed" };
}

function toTemplate(name: string): string {
  return name.replace(".", "@.");
}

function startUnits(systemctl: readonly string[], units: readonly string[], isChanged: boolean): readonly Command[] {
  return [
    { argv: [...systemctl, "daemon-reload"] },
    { argv: [...systemctl, "enable", ...units] },
    { argv: [...systemctl, isChanged ? "restart" : "start", ...units] },
  ];
}

/** Templates stand for all their instances. */
function stopUnits(systemctl: readonly string[], files: readonly string[]): readonly Command[] {
  const units = files
    .map((path) => basename(path))
    .filter((name) => /\.(?:service|timer)$/.test(name) && name !== FAILURE);
  const patterns = units.map((name) => name.replace("@.", "@*."));
  if (units.length === 0) return [];
  return [
    ...units.map((name) => ({ argv: [...systemctl, "disable", name] })),
    { argv: [...systemctl, "stop", ...patterns] },
    // The metrics of a check that runs no more would be scraped until the next start of the machine.
    ...patterns
      .filter((name) => name.endsWith(".service"))
      .map((name) => ({ argv: [...systemctl, "clean", "--what=runtime", name], isOptional: true as const })),
  ];
}

function afterRemoval(systemctl: readonly string[]): readonly Command[] {
  return [
    { argv: [...systemctl, "daemon-reload"] },
    { argv: [...systemctl, "reset-failed", "agent-auth-*"], isOptional: true },
  ];
}

function hints(scope: string, enabled: readonly string[]): readonly string[] {
  return enabled.map((name) => `how it does: systemctl ${scope}status ${name}`);
}
