import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openAlertStore } from "../src/alerts/store-file.ts";
import { findLackOfRoom } from "../src/disk-room.ts";
import { buildNotification, NOW, tell } from "./alerts/sample-alerts.ts";
import { token, writeHome } from "./commands/json-home.ts";
import { createTemporaryHome, runCli } from "./run-cli.ts";
import { requireSmallDisk } from "./small-disk.ts";

const disk = requireSmallDisk();
const fewFiles = requireSmallDisk("size=16m,nr_inodes=4");

afterAll(() => disk?.remove());
afterAll(() => fewFiles?.remove());

test("where there is room, nothing is said, also of a place that is not made yet", () => {
  expect(findLackOfRoom(join(import.meta.dirname, "not", "made", "yet"))).toBeNull();
});

describe.runIf(fewFiles !== null)("a disk that takes no more files", () => {
  test("is full, however many bytes are left", () => {
    const path = fewFiles?.path ?? "";
    expect(findLackOfRoom(join(path, "state"))).toBeNull();
    for (const name of ["a", "b", "c"]) writeFileSync(join(path, name), "");
    expect(findLackOfRoom(join(path, "state"))).toBe("expected room for another file, found none");
  });
});

describe.runIf(disk !== null)("a full disk", () => {
  const state = join(disk?.path ?? "", "state");
  const home = createTemporaryHome();
  afterAll(() => home.remove());
  const run = async (...args: readonly string[]) =>
    runCli([...args, "--storage.path", state], { home: home.path, env: { COLUMNS: "300" } });

  beforeAll(() => {
    writeHome(home.path, { "anthropic:a": token() });
    const config = join(home.path, ".config/agent-auth-exporter");
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, "config.yaml"), "channels: [{ name: ops, type: command, argv: [/bin/true] }]\n");
  });

  test("is noticed while the room kept for that suffices, with what to do, and by doctor", async () => {
    const store = openAlertStore(state, NOW);
    expect((await run("doctor")).stdout).toContain(`✓ state     ${state}\n`);
    disk?.fill(0);
    const { code, stdout } = await run("doctor");
    expect(stdout).toContain(
      `✗ state     ${state}: expected 2 MiB of free space, found 0 KiB; free some there, or name another place with --storage.path\n`,
    );
    expect(code).toBe(3);
    const many = Array.from({ length: 200 }, (_, index) => buildNotification({ id: `${index}` }));
    store.decide(() => ({ changes: tell(many), result: null }));
    expect(store.warnings).toEqual([
      `alert state: the disk is full; the room kept for that in ${state} is in use now; free some there, or name another place with --storage.path`,
    ]);
    store.close();
  });

  test("is noticed at the start, too, until nothing can be kept", async () => {
    rmSync(join(disk?.path ?? "", "filler"));
    openAlertStore(state, NOW).close();
    disk?.fill(0);
    expect(await run("check", "--notify", "--quiet")).toEqual({
      code: 0,
      stdout: "",
      stderr: expect.stringMatching(
        /^agent-auth: alert state: the disk is full; .* free some there, or name another place/,
      ),
    });
    disk?.fill(0);
    const { code, stderr } = await run("check", "--notify", "--quiet");
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /alerts\.sqlite: cannot be used \(the disk is full\), so nothing is remembered .*; free some there, or name another place with --storage\.path\n/,
    );
  });
});
