import { expect } from "vitest";
import type { Checker } from "../../src/check.ts";
import { checkCode } from "../../src/exit-code.ts";
import { renderSnapshotJson } from "../../src/format/json.ts";
import type { RemoteAnswer } from "../../src/remote/answer.ts";
import { createRemoteChecker } from "../../src/remote/checker.ts";
import { type Ask, type Host, openHost } from "../../src/remote/host.ts";
import type { KeptAnswer, KeptAnswers } from "../../src/remote/kept.ts";
import { DEFAULT_REMOTE, type RemoteTarget, toTargets } from "../../src/remote/target.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import { buildSnapshot, NOW } from "../snapshot-builder.ts";

const HOUR = 3_600_000;

export const POLICY = { warnWithinMs: 24 * HOUR, staleAfterMs: HOUR };

export const NOTHING_KEPT: KeptAnswers = {
  read: () => null,
  write: () => undefined,
  touch: () => undefined,
  sweep: () => undefined,
};

export function openVps(ask: Ask, kept = NOTHING_KEPT): Host {
  const [target] = toTargets([{ ...DEFAULT_REMOTE, name: "vps", url: "https://vps.example.com" }]);
  return openHost(target as RemoteTarget, { ask, kept, warn: (text) => expect.fail(text) });
}

export function keeping(given: Partial<KeptAnswer>): KeptAnswers {
  const { text } = documentOf(buildSnapshot());
  return { ...NOTHING_KEPT, read: () => ({ text, etag: null, seenAt: NOW, checkedAt: NOW, ...given }) };
}

export function documentOf(snapshot: Snapshot) {
  const text = renderSnapshotJson(snapshot, checkCode(snapshot));
  return { kind: "document", text, etag: null, checkedAt: null, clockAt: null } as const;
}

export async function look(answer: RemoteAnswer, local: Checker | null = null): Promise<Snapshot> {
  return createRemoteChecker({ ...POLICY, by: "ask", local, hosts: [openVps(async () => answer)] }).check(NOW);
}
