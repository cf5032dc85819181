import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Boot, type BootNow, followBoot, readBoot } from "../../src/alerts/boot.ts";
import { after, HOUR } from "./timeline.ts";

const byId: Boot = { id: "a", uptimeMs: null, noticedAt: after(0) };
const byUptime: Boot = { id: null, uptimeMs: 5 * HOUR, noticedAt: after(0) };
const again = after(HOUR);

describe("the boot that a machine is in", () => {
  test.each<[string, Boot | null, BootNow, Date]>([
    ["is new to who knows of none", null, { id: "a" }, again],
    ["is the same by its id", byId, { id: "a" }, after(0)],
    ["is another by its id", byId, { id: "b" }, again],
    ["is the same while it is up for longer", byUptime, { uptimeMs: 6 * HOUR }, after(0)],
    ["is the same where that never changes, as in some containers", byUptime, { uptimeMs: 5 * HOUR }, after(0)],
    ["is another when it is up for less", byUptime, { uptimeMs: 5 * HOUR - 1 }, again],
    ["is taken for the same when its id becomes known", byUptime, { id: "a" }, after(0)],
    ["is taken for the same when its id is not known any more", byId, { uptimeMs: 1 }, after(0)],
    ["is not of the future", { ...byId, noticedAt: after(2 * HOUR) }, { id: "a" }, again],
  ])("%s", (_name, known, found, noticedAt) => {
    expect(followBoot(known, found, again)).toEqual({ id: null, uptimeMs: null, ...found, noticedAt });
  });

  test("is not written down again by its id, and by the time that it is up with every look", () => {
    expect(followBoot(byId, { id: "a" }, again)).toBe(byId);
    expect(followBoot(byUptime, { uptimeMs: 6 * HOUR }, again)).not.toBe(byUptime);
  });

  test("is read of this machine", () => {
    expect(readBoot()).toEqual({ id: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim() });
  });
});
