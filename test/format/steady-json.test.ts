import { expect, test } from "vitest";
import { renderSteadyJson } from "../../src/format/json.ts";
import type { RemoteReport, Snapshot } from "../../src/snapshot.ts";
import { buildInstallation, buildProfile, buildSnapshot, buildStore, inHours, NOW } from "../snapshot-builder.ts";

const REMOTE: RemoteReport = {
  name: "vps",
  address: "https://vps",
  isUp: true,
  askedAt: NOW,
  lastSeenAt: NOW,
  lastCheckAt: NOW,
  verdict: "ok",
  problem: null,
};

function at(when: Date, expiresAt: Date, remote: Partial<RemoteReport> = {}): Snapshot {
  const [stores, profiles] = [[buildStore({ readAt: when })], [buildProfile({ expiresAt })]];
  const installations = [buildInstallation({ stores, profiles })];
  return buildSnapshot({ generatedAt: when, at: when, installations, remotes: [{ ...REMOTE, ...remote }] });
}

test("what the clock alone changes makes no other document, also where other hosts are watched", () => {
  const [before, after] = [NOW, inHours(1)];
  const later = at(after, inHours(9), { askedAt: after, lastSeenAt: after, lastCheckAt: after });
  expect(renderSteadyJson(later, 0)).toBe(renderSteadyJson(at(before, inHours(9)), 0));
});

test.each([
  ["another end of a credential", at(NOW, inHours(8))],
  ["a host that does not answer", at(NOW, inHours(9), { isUp: false })],
])("%s does", (_name, snapshot) => {
  expect(renderSteadyJson(snapshot, 0)).not.toBe(renderSteadyJson(at(NOW, inHours(9)), 0));
});
