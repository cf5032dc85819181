import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { createPatientReader } from "../../src/stores/patience.ts";
import { makeSandbox } from "./sandbox.ts";

/** How long a reader would have waited for so many files that are half written just now. */
function waitedFor(files: number, { read }: ReturnType<typeof createPatientReader>): number {
  const path = join(makeSandbox(), "auth-profiles.json");
  const wait = vi.spyOn(Atomics, "wait").mockReturnValue("timed-out");
  try {
    for (let index = 0; index < files; index++) {
      writeFileSync(path, "{ half", { mode: 0o600 });
      expect(read(path, statSync(path)).kind).toBe("failed");
    }
    return wait.mock.calls.reduce((sum, [, , , durationMs = 0]) => sum + durationMs, 0);
  } finally {
    wait.mockRestore();
  }
}

test("all half-written files of one look together are waited for two seconds at most", () => {
  const reader = createPatientReader();
  expect(waitedFor(1, reader)).toBe(140);
  reader.renew();
  expect(waitedFor(100, reader)).toBe(2_000);
  expect(waitedFor(100, reader)).toBe(0);
  reader.renew();
  expect(waitedFor(1, reader)).toBe(140);
});
