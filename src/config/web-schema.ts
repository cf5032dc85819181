import { validateHeaderValue } from "node:http";
import * as z from "zod";
import { durationValue } from "../config-values.ts";
import type { ClientAuth } from "../web-security.ts";
import { CURVES, isSuite, type TLS_VERSIONS } from "./go-tls-names.ts";

/*
 * The web config, a file of the format that Prometheus' exporters share:
 * https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
 * - `title` is the kind of value as an error names it; `writeOnly: true` marks a secret, which is never quoted.
 * - What stands there and cannot be done here is refused; web.md lists where we are stricter.
 */

const CLIENT_AUTH = [
  "NoClientCert",
  "RequestClientCert",
  "RequireAnyClientCert",
  "VerifyClientCertIfGiven",
  "RequireAndVerifyClientCert",
] as const satisfies readonly ClientAuth[];

const file = z
  .string()
  .min(1)
  .optional()
  .meta({ title: "path, also one relative to this file", examples: ["server.crt"] });
const pem = z
  .string()
  .min(1)
  .optional()
  .meta({ title: "text in PEM form", examples: ["-----BEGIN CERTIFICATE-----\n…"] });
const secretPem = pem.meta({ title: "private key in PEM form", writeOnly: true });
const version = z.enum(["TLS12", "TLS13"] satisfies (keyof typeof TLS_VERSIONS)[]);

const tlsSchema = z.strictObject({
  cert: pem,
  key: secretPem,
  client_ca: pem,
  cert_file: file,
  key_file: file,
  client_ca_file: file,
  client_auth_type: z
    .enum([...CLIENT_AUTH, "RequireClientCert"])
    // Its old name.
    .transform((given): ClientAuth => (given === "RequireClientCert" ? "RequireAnyClientCert" : given))
    .default("NoClientCert"),
  client_allowed_sans: z
    .array(z.string().min(1))
    .optional()
    .meta({ title: "list of names", examples: [["prometheus.example.org"]] }),
  min_version: version.default("TLS12"),
  max_version: version.default("TLS13"),
  cipher_suites: z
    .array(
      z
        .string()
        .refine(isSuite, { error: "web.md of the documentation lists them" })
        .meta({ title: "cipher suite that Go counts as secure" }),
    )
    .default([])
    .meta({ title: "list of cipher suites", examples: [["TLS_AES_128_GCM_SHA256"]] }),
  prefer_server_cipher_suites: z.boolean().default(true),
  curve_preferences: z
    .array(z.enum(Object.keys(CURVES) as (keyof typeof CURVES)[]))
    .default([])
    .meta({ title: "list of curves", examples: [["X25519", "CurveP256"]] }),
});

const header = z
  .string()
  .refine(isHeaderValue)
  .optional()
  .meta({ title: "header value on one line, in ASCII", examples: ["max-age=31536000"] });

const httpSchema = z.strictObject({
  http2: z.boolean().optional(),
  headers: z
    .strictObject({
      "Content-Security-Policy": header,
      "X-Frame-Options": z.enum(["deny", "sameorigin"]).optional(),
      "X-Content-Type-Options": z.enum(["nosniff"]).optional(),
      "X-XSS-Protection": header,
      "Strict-Transport-Security": header,
    })
    .prefault({}),
});

const BCRYPT = /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

export const webSchema = z.strictObject({
  tls_server_config: tlsSchema.optional(),
  http_server_config: httpSchema.prefault({}),
  basic_auth_users: z
    .record(
      z.string(),
      z
        .string()
        .refine((given) => BCRYPT.test(given), {
          error: "make one with `agent-auth web hash`, or with htpasswd -nBC 10",
        })
        .meta({ title: "bcrypt hash", writeOnly: true, examples: ["$2y$10$…"] }),
    )
    .default({})
    .meta({ title: "section of users", examples: [{ prometheus: "$2y$10$…" }] }),
  rate_limit: z
    .strictObject({
      interval: z
        .union([z.literal(0).transform(() => 0), durationValue(0)])
        .meta({ title: "duration", examples: ["1s"] }),
      burst: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .meta({ title: "whole number from 1 to 1000000", examples: [20] }),
    })
    .optional(),
});

export type WebFile = z.output<typeof webSchema>;

/** What Node would refuse to send. */
function isHeaderValue(text: string): boolean {
  try {
    validateHeaderValue("x", text);
    return /^[\t\x20-\x7e]*$/.test(text);
  } catch {
    return false;
  }
}
