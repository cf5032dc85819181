import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Import, parseImports, readImports, staticClosure } from "./import-graph.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Which stage may load which: data flows one way, from discovery to the outputs. `nouns` are the files directly under
 * `src/`. Only commands know everything; an output knows the snapshot and nothing before it.
 */
const MAY_LOAD: Readonly<Record<string, readonly string[]>> = {
  nouns: ["nouns"],
  stores: ["nouns", "stores"],
  discovery: ["nouns", "discovery", "stores"],
  judge: ["nouns", "judge"],
  check: ["nouns", "discovery", "stores", "judge"],
  remote: ["nouns", "check", "remote"],
  config: ["nouns", "config", "alerts", "channels", "publish", "remote"],
  heartbeat: ["nouns", "channels"],
  worker: ["nouns", "check", "heartbeat", "metrics", "web"],
  format: ["nouns", "format"],
  metrics: ["nouns", "metrics"],
  publish: ["nouns", "publish", "channels"],
  web: ["nouns", "web"],
  alerts: ["nouns", "alerts"],
  channels: ["nouns", "alerts", "channels"],
  demo: ["nouns", "demo"],
  install: ["nouns", "install"],
  termux: ["nouns", "format", "channels", "termux"],
  commands: [
    "nouns",
    "discovery",
    "stores",
    "judge",
    "check",
    "worker",
    "heartbeat",
    "config",
    "format",
    "metrics",
    "publish",
    "web",
    "alerts",
    "channels",
    "demo",
    "remote",
    "install",
    "termux",
    "commands",
  ],
  cli: ["nouns", "commands"],
  bin: ["nouns", "cli"],
};

/** A type costs nothing to import; these files are the contracts that stages hand to each other. */
const CONTRACTS = [
  "src/channels/channel.ts",
  "src/discovery/host.ts",
  "src/discovery/installation.ts",
  "src/stores/reader.ts",
  "src/stores/store.ts",
];

/** Names of the owners that are not agents, and the way to load SQLite without its warning. */
const SHARED = ["src/stores/store.ts", "src/stores/sqlite-module.ts"];

const SPINE = ["bin", "cli", "check", "heartbeat", "worker"];

/** They take 10 to 200 ms to load, and neither `check` nor `healthcheck` has a use for them. */
const HEAVY = [
  "@opentelemetry/api",
  "@opentelemetry/exporter-metrics-otlp-http",
  "@opentelemetry/resources",
  "@opentelemetry/sdk-metrics",
  "fastify",
  "json5",
  "node-cron",
  "nodemailer",
  "pino",
  "pino-pretty",
  "prom-client",
  "undici",
  "yaml",
  "zod",
];

const MAX_LINES = 300;
const VAGUE_NAME = /^(?:.*-)?(?:util|utils|helper|helpers|manager|data|index|common|misc)\.ts$/;

const sources = globSync("src/**/*.ts", { cwd: ROOT });
const imports = readImports(ROOT, "src/**/*.ts");

describe("imports between stages", () => {
  test("follow the table", () => {
    expect(imports.filter(isForbidden).map(describeImport)).toEqual([]);
  });

  test("every folder of src stands in the table", () => {
    expect([...new Set(sources.map(stageOf))].filter((stage) => !(stage in MAY_LOAD))).toEqual([]);
  });

  test.each([
    ["an output reads a store", "src/metrics/planted.ts", 'import { readStore } from "../stores/read.ts";', true],
    ["a store asks discovery", "src/stores/planted.ts", 'export { homes } from "../discovery/homes.ts";', true],
    ["a command loads another late", "src/web/planted.ts", 'await import("../commands/check.ts");', true],
    ["a noun takes a type that is no contract", "src/planted.ts", 'import type { A } from "./web/page.ts";', true],
    ["an output takes a contract's type", "src/web/planted.ts", 'import type { S } from "../stores/store.ts";', false],
    ["discovery reads a store", "src/discovery/planted.ts", 'import { readStore } from "../stores/read.ts";', false],
    ["a package", "src/web/planted.ts", 'import fastify from "fastify";', false],
  ])("planted: %s", (_name, path, text, forbidden) => {
    expect(parseImports(path, text).some(isForbidden)).toBe(forbidden);
  });
});

describe("what check and healthcheck load", () => {
  const entries = [
    "src/bin.ts",
    "src/cli.ts",
    "src/commands/check.ts",
    "src/commands/healthcheck.ts",
    "src/commands/publish-once.ts",
  ].filter((path) => sources.includes(path));

  test.each(entries)("%s loads no heavy package", (entry) => {
    expect(HEAVY.filter((name) => staticClosure(imports, entry).has(name))).toEqual([]);
  });

  test("planted: a heavy package two files away is found", () => {
    const planted = [
      ...parseImports("src/a.ts", 'import { b } from "./b.ts";'),
      ...parseImports("src/b.ts", 'import { z } from "zod"; const yaml = await import("yaml");'),
    ];
    expect([...staticClosure(planted, "src/a.ts")]).toEqual(["src/a.ts", "src/b.ts", "zod"]);
  });
});

describe("files", () => {
  test(`have at most ${MAX_LINES} lines`, () => {
    const long = sources.filter((path) => readFileSync(join(ROOT, path), "utf8").split("\n").length > MAX_LINES + 1);
    expect(long).toEqual([]);
  });

  test("are named after one idea, in kebab-case", () => {
    const bad = sources.filter((path) => !/^[a-z0-9-]+\.ts$/.test(basename(path)) || VAGUE_NAME.test(basename(path)));
    expect(bad).toEqual([]);
  });

  test("nothing reaches outside the repository", () => {
    const escaping = readImports(ROOT, "{src,test,bench,scripts,grafana}/**/*.ts").filter(({ to }) =>
      to.startsWith(".."),
    );
    expect(escaping.map(describeImport)).toEqual([]);
  });
});

function isForbidden({ from, to, kind }: Import): boolean {
  if (!to.startsWith("src/")) return false;
  if (SHARED.includes(to) || (kind === "type" && CONTRACTS.includes(to))) return false;
  return !MAY_LOAD[stageOf(from)]?.includes(stageOf(to));
}

function stageOf(path: string): string {
  const parts = path.split("/");
  if (parts.length > 2) return parts[1] ?? "";
  const name = basename(path, ".ts");
  return SPINE.includes(name) ? name : "nouns";
}

function describeImport({ from, to }: Import): string {
  return `${from} → ${to}`;
}
