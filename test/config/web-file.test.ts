import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadWebConfig, readWebConfig } from "../../src/config/web-file.ts";
import { ConfigError } from "../../src/errors.ts";
import { writeCertificates, writeIn, writeOddKeys } from "../certificates.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures/web-config");
/** Certificates are made after this line, and begin at a whole second. */
const NOW = new Date(Date.now() + 60_000);
const HASH = "$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze";

const bad = globSync("bad/*.yml", { cwd: FIXTURES }).sort();
const good = globSync("good/*.yml", { cwd: FIXTURES }).sort();

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-web-config-"));
  writeCertificates(directory);
  writeOddKeys(directory);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Copies a fixture beside the certificates; `@server.crt@` is the content of that file, indented as it stands. */
function place(fixture: string): string {
  const text = readFileSync(join(FIXTURES, fixture), "utf8").replaceAll(
    /( *)@([\w.]+)@/g,
    (_, indent: string, name: string) =>
      readFileSync(join(directory, name), "utf8")
        .trim()
        .split("\n")
        .map((line) => indent + line)
        .join("\n"),
  );
  return writeIn(directory, basename(fixture), text);
}

test("there are fixtures of both kinds", () => {
  expect(bad.length).toBeGreaterThan(30);
  expect(good.length).toBeGreaterThan(10);
});

test.each(bad)("%s is refused with the message beside it", (fixture) => {
  const reading = readWebConfig(place(fixture), NOW);
  const message = reading.kind === "bad" ? reading.error.message.replaceAll(directory, "DIR") : "taken for good";
  expect(`${message}\n`).toBe(readFileSync(join(FIXTURES, fixture.replace(/yml$/, "txt")), "utf8"));
  expect(message).not.toContain("CANARY");
});

test.each(good)("%s is accepted", (fixture) => {
  expect(() => loadWebConfig(place(fixture), NOW)).not.toThrow();
});

test("no text makes it throw, and none of a secret place is repeated", () => {
  const key = fc.constantFrom(
    "tls_server_config",
    "basic_auth_users",
    "http_server_config",
    "rate_limit",
    "cert_file",
    "key",
    "CANARY-user",
  );
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constant("CANARY-value"),
    fc.constant(null),
    fc.array(fc.string()),
  );
  const section = fc.dictionary(key, fc.oneof(value, fc.dictionary(key, value)));
  const texts = fc.oneof(
    fc.string(),
    section.map((content) => JSON.stringify(content)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const reading = readWebConfig(writeIn(directory, "any.yml", text), NOW);
      expect(reading.kind === "good" || reading.error instanceof ConfigError).toBe(true);
    }),
  );
  const secret = readWebConfig(
    writeIn(
      directory,
      "any.yml",
      '{ "basic_auth_users": { "ada": { "CANARY": ["CANARY"] }, "eve": 5 }, "tls_server_config": { "key": ["CANARY"] } }',
    ),
    NOW,
  );
  expect(secret.kind === "bad" && secret.error.message).toMatch(/basic_auth_users\.ada.*tls_server_config\.key/s);
  expect(secret.kind === "bad" && secret.error.message).not.toContain("CANARY");
});

describe("what it means", () => {
  const load = (fixture: string) => loadWebConfig(place(`good/${fixture}.yml`), NOW);

  test("the documented example: TLS 1.2 and 1.3, two users, a rate", () => {
    const { security, notes, files } = load("documented-example");
    expect(security).toMatchObject({
      tls: {
        context: { minVersion: "TLSv1.2", maxVersion: "TLSv1.3", honorCipherOrder: true },
        clientAuth: "NoClientCert",
        clientCa: null,
        allowedSans: null,
      },
      headers: {},
      rateLimit: { intervalMs: 1_000, burst: 20 },
    });
    expect(security.tls?.context).not.toHaveProperty("ciphers");
    expect([...security.users.keys()]).toEqual(["alice", "bob"]);
    expect(security.users.get("alice")).toBe(HASH);
    expect(notes).toEqual([]);
    const named = ["documented-example.yml", "server.crt", "server.key"];
    expect([...files.keys()]).toEqual(named.map((name) => join(directory, name)));
  });

  test.each(["empty", "comments-only", "empty-sections"])("%s: plain HTTP for everybody", (fixture) => {
    expect(load(fixture).security).toEqual({ tls: null, headers: {}, users: new Map(), rateLimit: null });
  });

  test("every key", () => {
    const { security } = load("every-key");
    expect(security).toMatchObject({
      tls: {
        context: {
          ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256:TLS_AES_256_GCM_SHA384",
          ecdhCurve: "X25519:P-256:P-384:P-521",
          honorCipherOrder: false,
          ca: readFileSync(join(directory, "ca.crt"), "utf8"),
        },
        clientAuth: "RequireAndVerifyClientCert",
        allowedSans: ["prometheus.example.org", "10.0.0.1", "spiffe://example.org/prometheus"],
      },
      headers: {
        "Content-Security-Policy": "default-src 'self'",
        "X-Frame-Options": "sameorigin",
        "X-Content-Type-Options": "nosniff",
        "X-XSS-Protection": "",
        "Strict-Transport-Security": "max-age=31536000",
      },
      rateLimit: { intervalMs: 100, burst: 5 },
    });
  });

  test("suites of TLS 1.2 alone leave TLS 1.3 as it is", () => {
    expect(load("old-suites-keep-tls13").security.tls?.context.ciphers).toBe(
      "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-SHA",
    );
  });

  test("keys and certificates in the file itself", () => {
    const { security, files } = load("inline");
    expect(security.tls?.certificate.trim()).toBe(readFileSync(join(directory, "server.crt"), "utf8").trim());
    expect(files.size).toBe(1);
  });

  test("the old name of a policy is the new one", () => {
    expect(load("old-name-of-any-certificate").security.tls?.clientAuth).toBe("RequireAnyClientCert");
  });

  test("a dollar sign is a dollar sign", () => {
    expect(load("dollars-are-no-variables").security.headers["X-XSS-Protection"]).toBe("${HOME} $$");
  });

  test("what will not be as expected is noted", () => {
    expect(load("notes").notes).toEqual([
      "http_server_config.http2: only HTTP/1.1 is spoken here; clients fall back to it",
      "basic_auth_users.slow: a hash of cost 14 keeps this process busy for seconds; 10 is usual",
    ]);
    const path = place("good/documented-example.yml");
    expect(loadWebConfig(path, new Date(NOW.getTime() + 3 * 86_400_000)).notes.join()).toMatch(/certificate ended at/);
    expect(loadWebConfig(path, new Date(NOW.getTime() - 3 * 86_400_000)).notes.join()).toMatch(/certificate begins at/);
  });

  test("a missing file is refused, and so is one that is no file", () => {
    expect(() => loadWebConfig(join(directory, "none.yml"), NOW)).toThrow(ConfigError);
    expect(() => loadWebConfig(directory, NOW)).toThrow(
      `${directory} is not a regular file but a directory; name another file with --web.config.file or \`web.configFile\``,
    );
  });

  test("files that are not there are watched too", () => {
    const { files } = readWebConfig(place("bad/missing-file.yml"), NOW);
    expect(files.get(join(directory, "missing.crt"))).toBeNull();
  });
});
