import { expect, test } from "vitest";
import type { CredentialType } from "../../src/credential.ts";
import type { Health } from "../../src/judge/health.ts";
import { rollUp } from "../../src/judge/rollup.ts";
import { inMs } from "./reading-builder.ts";

const health = (status: Health["status"], ms?: number): Health => ({
  status,
  reasonCode: null,
  expiresAt: ms === undefined ? null : inMs(ms),
});
const profile = (type: CredentialType, status: Health["status"], ms?: number) => ({
  credential: { type },
  health: health(status, ms),
});
const key = (status: "static" | "missing") => profile("api_key", status);
const token = (status: Health["status"], ms?: number) => profile("token", status, ms);
const oauth = (status: Health["status"], ms?: number) => profile("oauth", status, ms);

test.each([
  { name: "no profile", of: [], expected: "missing" },
  { name: "API keys only", of: [key("static"), key("static")], expected: "static" },
  { name: "one API key without a key", of: [key("static"), key("missing")], expected: "missing" },
  { name: "a good key does not rescue an expired login", of: [key("static"), oauth("expired")], expected: "expired" },
  { name: "expired outranks missing", of: [token("missing"), oauth("expired")], expected: "expired" },
  { name: "missing outranks expiring", of: [token("missing"), oauth("expiring")], expected: "missing" },
  { name: "a key without a key counts beside a good token", of: [key("missing"), token("ok")], expected: "missing" },
  { name: "expiring outranks ok", of: [token("ok"), oauth("expiring")], expected: "expiring" },
  { name: "static tokens only", of: [token("static")], expected: "ok" },
])("$name: $expected", ({ of, expected }) => {
  expect(rollUp(of).status).toBe(expected);
});

test("the earliest end counts, and API keys have none", () => {
  expect(rollUp([token("ok", 9), oauth("ok", 5), token("static")]).expiresAt).toEqual(inMs(5));
  expect(rollUp([key("static")]).expiresAt).toBeNull();
});
