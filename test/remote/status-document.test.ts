import { describe, expect, test } from "vitest";
import { checkCode } from "../../src/exit-code.ts";
import { renderSnapshotJson } from "../../src/format/json.ts";
import { readStatusDocument } from "../../src/remote/status-document.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import { buildSnapshot } from "../snapshot-builder.ts";
import { richSnapshot } from "../metrics/sample-snapshot.ts";

describe("readStatusDocument", () => {
  test.each([
    ["a healthy host", buildSnapshot()],
    ["every kind of state at once", richSnapshot()],
  ])("%s: gives back the snapshot that the document was made of", (_name, snapshot) => {
    expect(reread(snapshot)).toEqual({ ...snapshot, remotes: [], validUntil: null });
  });

  test("fields of a later version are left out", () => {
    const document = JSON.parse(render(buildSnapshot())) as Record<string, unknown>;
    expect(readStatusDocument(JSON.stringify({ ...document, later: { added: true } })).kind).toBe("snapshot");
  });

  test.each([
    ["no JSON", "<html>CANARY</html>", "it answers with something other than JSON"],
    ["nothing", "", "it answers with something other than JSON"],
    ["another document", "[]", "it answers with JSON of another kind; name the address of `agent-auth serve`"],
    [
      "of another program",
      '{"status":"CANARY"}',
      "it answers with JSON of another kind; name the address of `agent-auth serve`",
    ],
    [
      "another version",
      JSON.stringify({ ...(JSON.parse(render(buildSnapshot())) as object), schemaVersion: 2 }),
      "its status document is not of version 1 as known here at `schemaVersion`; update agent-auth",
    ],
    [
      "a word that is not known here",
      render(buildSnapshot()).replace('"verdict": "ok"', '"verdict": "CANARY-doomed"'),
      "its status document is not of version 1 as known here at `installations.0.agents.0.verdict`; update agent-auth",
    ],
    [
      "a date that is none",
      render(buildSnapshot()).replace(/"generatedAt": "[^"]*"/, '"generatedAt": "CANARY"'),
      "its status document is not of version 1 as known here at `generatedAt`; update agent-auth",
    ],
  ])("%s is a value with a reason", (_name, text, detail) => {
    expect(readStatusDocument(text)).toEqual({ kind: "failed", detail });
  });
});

function reread(snapshot: Snapshot): Snapshot {
  const reading = readStatusDocument(render(snapshot));
  if (reading.kind === "failed") throw new Error(reading.detail);
  return reading.snapshot;
}

function render(snapshot: Snapshot): string {
  return renderSnapshotJson(snapshot, checkCode(snapshot));
}
