import { LOG_FORMATS, LOG_LEVELS } from "../config/config.ts";
import { FORMAT_NAMES } from "../format/format.ts";
import type { CommandSpec, OptionSpec } from "./command.ts";
import { INSTALL_COMMAND } from "./install-command.ts";
import { NOTIFY_COMMAND } from "./notify-command.ts";
import { WIDGET_COMMAND } from "./widget-command.ts";

/** Taken by every command, before or after its name. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { flags: "--config.file <path>", description: "config file (default: the first found of the usual places)" },
  {
    flags: "--home <dir>",
    description: "home directory to search; a glob such as '/home/*' is fine",
    isRepeatable: true,
  },
  { flags: "--state-dir <dir>", description: "state directory to read, wherever it lies", isRepeatable: true },
  {
    flags: "--remote <address>",
    description:
      "watch another host instead, or beside --home and --state-dir: https://host:10884, ssh://user@host, or a name in `remotes`",
    isRepeatable: true,
  },
  { flags: "--shard <n/of>", description: "only this part of the agents, such as 3/8; others see to the rest" },
  { flags: "--storage.path <dir>", description: "where agent-auth keeps its own state" },
  { flags: "--log.level <level>", description: "least level to log", choices: LOG_LEVELS },
  { flags: "--log.format <format>", description: "how to log", choices: LOG_FORMATS },
];

const ASKED_OPTIONS: readonly OptionSpec[] = [
  { flags: "--agent <id>", description: "only this agent; _cli for logins of other CLIs", isRepeatable: true },
  { flags: "--provider <id>", description: "only this provider", isRepeatable: true },
  { flags: "--warn <duration>", description: "how long before its end something is expiring (default: 24h)" },
  { flags: "--at <time>", description: "judge as of another time: ISO 8601, or relative such as +6h or -2h" },
];

const PUSH_OPTIONS: readonly OptionSpec[] = [
  { flags: "--push <url>", description: "address of a Pushgateway" },
  { flags: "--push.job <name>", description: "label job in the Pushgateway (default: agent-auth)" },
  {
    flags: "--push.instance <name>",
    description: "label instance in the Pushgateway (default: the name of this host)",
  },
];

const PUBLISH_OPTIONS: readonly OptionSpec[] = [
  { flags: "--textfile <path>", description: "also write the metrics into this .prom file, for node_exporter" },
  ...PUSH_OPTIONS,
];

const LISTEN_OPTION: OptionSpec = {
  flags: "--web.listen-address <address>",
  description: "where to listen (default: 127.0.0.1:10884)",
  isRepeatable: true,
};

const WEB_CONFIG_OPTION: OptionSpec = {
  flags: "--web.config.file <path>",
  description: "TLS, passwords and headers, in the format of Prometheus' exporters",
};

/** Every command with its options; help, parsing and docs/cli.md follow from this table. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "check",
    summary: "check everything once and exit with 0, 1, 2 or 3",
    options: [
      ...ASKED_OPTIONS,
      {
        flags: "--scope <scope>",
        description: "count every profile, or only what a provider in use depends on (default: all)",
        choices: ["all", "in-use"],
      },
      {
        flags: "--judge <by>",
        description: "judge by OpenClaw's status, or by what it means for you (default: status)",
        choices: ["status", "verdict"],
      },
      { flags: "--local", description: "look at this host alone, whatever `remotes` and `discovery.local` say" },
      { flags: "--format <format>", description: "what to print (default: text)", choices: FORMAT_NAMES },
      { flags: "--json", description: "same as --format json" },
      {
        flags: "--exit-style <style>",
        description: "meaning of the exit code (default: contract; nagios with --format nagios)",
        choices: ["contract", "nagios"],
      },
      { flags: "--quiet", description: "print nothing, the exit code says it" },
      ...PUBLISH_OPTIONS,
      { flags: "--publish", description: "also publish the metrics wherever the config says" },
      { flags: "--notify", description: "also tell the channels of the config what changed, and ping the heartbeat" },
    ],
    load: async () => (await import("./check.ts")).runCheckCommand,
  },
  {
    name: "status",
    summary: "show every agent with its credentials, countdowns and what to do",
    options: [
      ...ASKED_OPTIONS,
      { flags: "--watch", description: "keep showing, until q" },
      { flags: "--json", description: "print JSON instead" },
    ],
    load: async () => (await import("./status.ts")).runStatusCommand,
  },
  {
    name: "serve",
    summary: "check on a schedule and serve metrics, a page and an API",
    options: [
      LISTEN_OPTION,
      { flags: "--web.telemetry-path <path>", description: "path of the metrics (default: /metrics)" },
      WEB_CONFIG_OPTION,
      { flags: "--web.enable-lifecycle", description: "allow POST /-/reload" },
      { flags: "--schedule <cron>", description: "when to check (default: every five minutes)" },
      ...PUBLISH_OPTIONS,
      {
        flags: "--expect-channel",
        description: "warn while the config names nobody to tell; on a phone, on its screen",
      },
      { flags: "--demo-if-empty", description: "serve the embedded demo when no installation is found" },
    ],
    load: async () => (await import("./serve.ts")).runServeCommand,
  },
  {
    name: "doctor",
    summary: "show what was searched, found and read how, and what is wrong with it",
    options: [WEB_CONFIG_OPTION],
    load: async () => (await import("./doctor.ts")).runDoctorCommand,
  },
  {
    name: "config",
    summary: "validate, show or start the config",
    options: [],
    commands: [
      {
        name: "check",
        summary: "validate the config file and the web config",
        options: [WEB_CONFIG_OPTION],
        load: async () => (await import("./config.ts")).runConfigCheck,
      },
      {
        name: "print",
        summary: "print the config in effect, secrets masked",
        options: [],
        load: async () => (await import("./config.ts")).runConfigPrint,
      },
      {
        name: "schema",
        summary: "print the JSON Schema of the config, for editors",
        options: [],
        load: async () => (await import("./config.ts")).runConfigSchema,
      },
      {
        name: "init",
        summary: "write a commented starter config",
        options: [{ flags: "--force", description: "replace an existing file" }],
        load: async () => (await import("./config.ts")).runConfigInit,
      },
    ],
  },
  {
    name: "healthcheck",
    summary: "ask the server of serve whether it is ready, and exit with 0 or 1",
    argument: { name: "url", description: "address to ask (default: /readyz where the config says)", isOptional: true },
    options: [
      { ...LISTEN_OPTION, description: "where serve listens (default: as the config says)" },
      WEB_CONFIG_OPTION,
    ],
    load: async () => (await import("./healthcheck.ts")).runHealthcheckCommand,
  },
  {
    name: "web",
    summary: "prepare a web config",
    options: [],
    commands: [
      {
        name: "hash",
        summary: "hash a password from standard input for basic_auth_users",
        options: [],
        load: async () => (await import("./web-hash.ts")).runWebHash,
      },
    ],
  },
  NOTIFY_COMMAND,
  INSTALL_COMMAND,
  WIDGET_COMMAND,
  {
    name: "push",
    summary: "tidy up what was pushed",
    options: [],
    commands: [
      {
        name: "delete",
        summary: "remove the metrics of this host from the Pushgateway",
        options: PUSH_OPTIONS,
        load: async () => (await import("./push.ts")).runPushDelete,
      },
    ],
  },
  {
    name: "simulate",
    summary: "show who would be told what and when, if nothing changed but the time",
    options: [
      { flags: "--from <time>", description: "where to begin: ISO 8601, or relative such as +6h (default: now)" },
      { flags: "--for <duration>", description: "how far to go (default: 30d)" },
      { flags: "--channel <name>", description: "only this channel", isRepeatable: true },
      { flags: "--fresh", description: "begin as if nothing had been told or silenced yet" },
    ],
    load: async () => (await import("./simulate.ts")).runSimulateCommand,
  },
  {
    name: "demo",
    summary: "write a sample home with every state into a temporary directory and serve it",
    options: [
      { flags: "--dir <dir>", description: "where to write it (default: a new temporary directory)" },
      LISTEN_OPTION,
    ],
    load: async () => (await import("./demo.ts")).runDemoCommand,
  },
];
