import { describe, expect, test } from "vitest";
import { checkCode } from "../../src/exit-code.ts";
import { renderSnapshotJson } from "../../src/format/json.ts";
import { readStatusDocument } from "../../src/remote/status-document.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import { problem } from "../../src/problem.ts";
import { buildInstallation, buildSnapshot, NOW } from "../snapshot-builder.ts";
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

  test("what it heard of other hosts is left out, however many watch each other", () => {
    const problems = [
      problem("permission_denied", "/home", "its own"),
      problem("unreachable", "https://b", "b is not known"),
      problem("permission_denied", "b:/home", "b: of b"),
    ];
    const address = "https://b";
    const b = {
      name: "b",
      address,
      isUp: true,
      askedAt: NOW,
      lastSeenAt: NOW,
      lastCheckAt: NOW,
      verdict: "ok",
      problem: null,
    } as const;
    const installations = [buildInstallation(), buildInstallation({ id: "b-openclaw", remote: "b" })];
    const read = reread(
      buildSnapshot({ installations, problems, searched: ["/home/user", "b:/home/user"], remotes: [b] }),
    );
    expect(read).toMatchObject({ searched: ["/home/user"], problems: [{ message: "its own" }], remotes: [] });
    expect(read.installations.map(({ id }) => id)).toEqual(["openclaw"]);
  });

  test.each([
    ["millions of wrong items", `[${"0,".repeat(7_000_000)}0]`, "at `searched`; update agent-auth"],
    ["one wrong item of many", `[${'"",'.repeat(1_000)}0]`, "at `searched.1000`; update agent-auth"],
    ["levels without end", "[".repeat(16_000_000), "nested without end"],
  ])("%s are refused at the first", (_name, searched, expected) => {
    const reading = readStatusDocument(
      render(buildSnapshot()).replace(/"searched": \[[^\]]*\]/, () => `"searched": ${searched}`),
    );
    expect(reading).toEqual({ kind: "failed", detail: expect.stringContaining(expected) });
  });

  test("an installation that is named twice makes it none of ours", () => {
    const installations = [
      buildInstallation({ id: "a" }),
      buildInstallation({ id: "b" }),
      buildInstallation({ id: "a" }),
    ];
    expect(readStatusDocument(render(buildSnapshot({ installations })))).toEqual({
      kind: "failed",
      detail: expect.stringContaining("at `installations.2.id`"),
    });
  });

  test("a host that says to have heard of ever more others takes no time to refuse", () => {
    const many = Array.from({ length: 1_001 }, (_, index) => `{"name":"h${index}","address":"https://h${index}"}`);
    const text = render(buildSnapshot()).replace('"remotes": []', `"remotes": [${many.join(",")}]`);
    expect(readStatusDocument(text)).toEqual({ kind: "failed", detail: expect.stringContaining("at `remotes`") });
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
