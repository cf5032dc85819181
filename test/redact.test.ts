import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maskEmails, redactSecrets } from "../src/redact.ts";

describe("redactSecrets", () => {
  test.each([
    ["an Anthropic key", "sk-ant-api03-CANARY0123456789abcdef"],
    ["a setup token", "sk-ant-oat01-CANARY0123456789abcdef"],
    ["an OpenAI key", "sk-proj-CANARY0123456789"],
    ["a GitHub token", "ghp_CANARY0123456789abcdef"],
    ["a fine-grained GitHub token", "github_pat_CANARY0123456789abcdef"],
    ["a Slack token", "xoxb-CANARY-0123456789"],
    ["a Google key", "AIzaCANARY0123456789abcdefghij"],
    ["a Google access token", "ya29.CANARY0123456789"],
    ["an AWS key id", "AKIACANARY0123456789"],
    ["a JWT", "eyJhbGciOiJIUzI1NiJ9.eyJDQU5BUlkiOjF9.CANARYsignature"],
    ["a refresh fence", `openclaw-oauth-refresh-fence:v1:${"a".repeat(32)}:access:${"b".repeat(64)}`],
    ["a long run of letters and digits", `CANARY${"a1".repeat(20)}`],
  ])("%s", (_name, secret) => {
    expect(redactSecrets(secret)).toBe("[redacted]");
    expect(redactSecrets(`/home/pat/${secret}/x: in "${secret}", see`)).toBe(
      '/home/pat/[redacted]/x: in "[redacted]", see',
    );
  });

  test.each([
    "anthropic:default",
    "/home/pat/.openclaw/agents/main/agent/openclaw-agent.sqlite",
    "key-account-manager",
    "openai:3f2a9c1e-0b7d-4c7e-9a51-2d6f8b1c4e90",
    "task-force-of-many-words",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "auth-profiles.json.sqlite-import.2026-06-05.bak",
  ])("leaves %s alone", (text) => {
    expect(redactSecrets(text)).toBe(text);
  });
});

describe("maskEmails", () => {
  test.each([
    ["anthropic:peter@example.com", "anthropic:p***@example.com"],
    ["two: a@b.co, ça.va+x@mail.example.org!", "two: a***@b.co, ç***@mail.example.org!"],
    ["p@localhost", "p***@localhost"],
    ["?login=peter%40example.com", "?l***%40example.com"],
    ["peter＠example.com", "p***＠example.com"],
    ["peter@[10.0.0.1] and peter@[IPv6:::1]", "p***@[10.0.0.1] and p***@[IPv6:::1]"],
    ["pe\u0301ter@exa\u0301mple.com, rene\u0301@example.com", "p***@exa\u0301mple.com, r***@example.com"],
    ["--peter@a.b, peter@c.d", "--p***@a.b, p***@c.d"],
    ["@handle and 5 @ night", "@handle and 5 @ night"],
  ])("%s", (text, masked) => {
    expect(maskEmails(text)).toBe(masked);
  });

  test("no local part of two or more letters survives, whatever surrounds it", () => {
    const local = fc.stringMatching(/^[a-z][a-z0-9.+_-]{1,20}$/);
    fc.assert(
      fc.property(fc.string(), local, fc.string(), (before, name, after) => {
        expect(maskEmails(`${before} ${name}@example.com ${after}`)).not.toContain(`${name}@example.com`);
      }),
    );
  });
});

test("text that was clean once stays as it is", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const once = maskEmails(redactSecrets(text));
      expect(redactSecrets(once)).toBe(redactSecrets(redactSecrets(once)));
    }),
  );
});

test("a hostile text does not take long to look at", () => {
  for (const text of [
    "a".repeat(100_000),
    "a-".repeat(50_000),
    `${"a".repeat(50_000)}@`,
    `eyJ${"a.".repeat(50_000)}`,
    "eyJ".repeat(350_000),
    `@${"a".repeat(1_000_000)}`,
    `${"a%40".repeat(250_000)}-@`,
  ]) {
    expect(redactSecrets(maskEmails(text)).length).toBeGreaterThan(0);
  }
});
