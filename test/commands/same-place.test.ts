import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { optionsForSamePlace } from "../../src/commands/same-place.ts";
import { createTemporaryHome } from "../run-cli.ts";

let home: ReturnType<typeof createTemporaryHome>;
let usual: string;

beforeEach(() => {
  home = createTemporaryHome();
  usual = join(home.path, ".config/agent-auth-exporter/config.yaml");
  mkdirSync(dirname(usual), { recursive: true });
  writeFileSync(usual, "watch: true\n");
});
afterEach(() => home.remove());

const NOWHERE = { configured: null, given: null };

test("nothing is needed where config and state are in their usual places", () => {
  const env = { HOME: home.path };
  expect(optionsForSamePlace({ configFile: usual, storage: NOWHERE, env })).toEqual([]);
  expect(optionsForSamePlace({ configFile: usual, storage: { ...NOWHERE, configured: "/var/lib/x" }, env })).toEqual(
    [],
  );
  expect(optionsForSamePlace({ configFile: null, storage: NOWHERE, env })).toEqual([]);
});

test("a config from elsewhere is named, also the one that the usual one hides", () => {
  const other = join(home.path, "other.yaml");
  const env = { HOME: home.path };
  expect(optionsForSamePlace({ configFile: other, storage: NOWHERE, env })).toEqual(["--config.file", other]);
  const etc = "/etc/agent-auth-exporter/config.yaml";
  expect(optionsForSamePlace({ configFile: etc, storage: NOWHERE, env })).toEqual(["--config.file", etc]);
});

test.each([
  ["a flag", { ...NOWHERE, given: "/srv/state" }, {}, "/srv/state"],
  ["a flag over the config", { configured: "/var/lib/x", given: "/srv/state" }, {}, "/srv/state"],
  ["systemd", NOWHERE, { STATE_DIRECTORY: "/var/lib/agents:/var/lib/b" }, "/var/lib/agents"],
  ["a variable", NOWHERE, { XDG_STATE_HOME: "/xdg" }, "/xdg/agent-auth-exporter"],
])("state that %s puts elsewhere is named", (_name, storage, given, expected) => {
  const env = { HOME: home.path, ...given };
  expect(optionsForSamePlace({ configFile: usual, storage, env })).toEqual(["--storage.path", expected]);
});
