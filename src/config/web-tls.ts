import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { dirname, resolve } from "node:path";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { errorCode, type FileIdentity, readTextFile } from "../files.ts";
import { stateOf } from "../watch-files.ts";
import type { TlsSettings } from "../web-security.ts";
import { CURVES, TLS_VERSIONS, toOpensslCiphers } from "./go-tls-names.ts";
import type { Complain } from "./web-file.ts";
import type { WebFile } from "./web-schema.ts";

/** A bundle of every public authority is a quarter of it. */
const MAX_BYTES = 1024 * 1024;

type TlsSection = NonNullable<WebFile["tls_server_config"]>;

interface Reading {
  /** The web config; its directory is where relative paths count from. */
  readonly file: string;
  /** What is read is added. */
  readonly files: Map<string, FileIdentity | null>;
  readonly complain: Complain;
  readonly notes: string[];
  readonly now: Date;
}

/** Node's own 5 minutes are over when somebody comes by every 5 minutes; a phone that slept comes hours later. */
const SESSION_SECONDS = 24 * 60 * 60;

const SECTION = "tls_server_config";

/** The `tls_server_config` of a web config with the files it names. Null after a complaint. */
export function readTls(section: TlsSection, reading: Reading): TlsSettings | null {
  const certificate = readPem(section, "cert", reading);
  const key = readPem(section, "key", reading);
  const clientCa = readPem(section, "client_ca", reading);
  refuseContradictions(section, reading.complain);
  for (const name of ["cert", "key"] as const) {
    if (section[name] !== undefined || section[`${name}_file`] !== undefined) continue;
    reading.complain(
      [SECTION],
      `expected ${name}_file or ${name}, got neither; name the file, or remove the section for plain HTTP`,
    );
  }
  const isClientCaGood =
    clientCa === null || parseCertificates(clientCa, place(section, "client_ca"), reading) !== null;
  const pair = certificate === null || key === null ? null : matchPair(section, certificate, key, reading);
  if (pair === null || !isClientCaGood) return null;

  const isClientAsked = section.client_auth_type !== "NoClientCert";
  const context: SecureContextOptions = {
    // Certificates of clients are looked at in whole handshakes only.
    ...(isClientAsked ? {} : { sessionTimeout: SESSION_SECONDS }),
    cert: pair.cert,
    key: pair.key,
    ...(clientCa === null ? {} : { ca: clientCa }),
    minVersion: TLS_VERSIONS[section.min_version],
    maxVersion: TLS_VERSIONS[section.max_version],
    honorCipherOrder: section.prefer_server_cipher_suites,
    ...(section.cipher_suites.length === 0 ? {} : { ciphers: toOpensslCiphers(section.cipher_suites) }),
    ...(section.curve_preferences.length === 0
      ? {}
      : { ecdhCurve: section.curve_preferences.map((curve) => CURVES[curve]).join(":") }),
  };
  try {
    createSecureContext(context);
  } catch (error) {
    // Such as a key that is too short for the security level of OpenSSL.
    reading.complain([SECTION], `expected what OpenSSL takes, got ${errorCode(error)}; make a new key and certificate`);
    return null;
  }
  return {
    context,
    certificate: pair.cert,
    clientAuth: section.client_auth_type,
    clientCa,
    allowedSans: section.client_allowed_sans ?? null,
  };
}

type PemName = "cert" | "key" | "client_ca";

function place(section: TlsSection, name: PemName): readonly string[] {
  return [SECTION, section[`${name}_file`] === undefined ? name : `${name}_file`];
}

/** Text given in the file or in one that it names; null when there is none, after a complaint where one was meant. */
function readPem(section: TlsSection, name: PemName, { file, files, complain }: Reading): string | null {
  const inline = section[name];
  const given = section[`${name}_file`];
  if (given === undefined) return inline ?? null;
  const path = resolve(dirname(file), given);
  files.set(path, stateOf(path));
  if (inline !== undefined) {
    complain([SECTION, name], `expected ${name} or ${name}_file, got both; remove one of them`);
    return null;
  }
  const found = readTextFile(path, MAX_BYTES);
  if (found.kind === "text") return found.text;
  const [finding = ""] = found.problem.message.slice(found.problem.path.length).split(";");
  complain(
    place(section, name),
    `expected a readable PEM file, but ${found.problem.path}${finding}; mend the path or its rights`,
  );
  return null;
}

function refuseContradictions(section: TlsSection, complain: Complain): void {
  const { client_auth_type: type, client_allowed_sans: sans } = section;
  const hasClientCa = section.client_ca !== undefined || section.client_ca_file !== undefined;
  if (section.min_version === "TLS13" && section.max_version === "TLS12") {
    complain([SECTION, "max_version"], "expected at least min_version, got less; write TLS13 or remove it");
  }
  if (hasClientCa && type === "NoClientCert") {
    const remedy = "write client_auth_type: RequireAndVerifyClientCert";
    complain(
      [SECTION, "client_auth_type"],
      `expected one that asks for a certificate beside client_ca, got NoClientCert; ${remedy}`,
    );
  }
  // Go takes the authorities of the system here: everybody who has any certificate would be let in.
  if (!hasClientCa && (type === "RequireAndVerifyClientCert" || type === "VerifyClientCertIfGiven")) {
    complain(
      [SECTION, "client_auth_type"],
      `expected client_ca_file beside ${type}, got none; name the authority of your clients`,
    );
  }
  if (sans !== undefined && type !== "RequireAnyClientCert" && type !== "RequireAndVerifyClientCert") {
    const remedy = "write client_auth_type: RequireAndVerifyClientCert";
    complain(
      [SECTION, "client_allowed_sans"],
      `expected a client_auth_type that demands a certificate, got ${type}; ${remedy}`,
    );
  }
}

function matchPair(
  section: TlsSection,
  cert: string,
  keyText: string,
  reading: Reading,
): { readonly cert: string; readonly key: string } | null {
  const [own] = parseCertificates(cert, place(section, "cert"), reading) ?? [];
  const key = parseKey(keyText);
  if (key === null) {
    reading.complain(
      place(section, "key"),
      "expected an unencrypted private key in PEM form, got something else; name the key without a passphrase",
    );
  }
  if (own === undefined || key === null) return null;
  if (!own.checkPrivateKey(key)) {
    reading.complain(
      place(section, "key"),
      "expected the key of the certificate, got another one; name the pair that belongs together",
    );
    return null;
  }
  noteValidity(own, reading);
  return { cert, key: keyText };
}

function noteValidity(certificate: X509Certificate, { notes, now }: Reading): void {
  if (certificate.validToDate < now) {
    notes.push(`tls_server_config: the certificate ended at ${certificate.validToDate.toISOString()}; renew it`);
  } else if (certificate.validFromDate > now) {
    notes.push(
      `tls_server_config: the certificate begins at ${certificate.validFromDate.toISOString()}; look at the clock`,
    );
  }
}

function parseCertificates(pem: string, at: readonly string[], { complain }: Reading): X509Certificate[] | null {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    if (blocks.length > 0) return blocks.map((block) => new X509Certificate(block));
  } catch {
    // Said below.
  }
  complain(at, "expected a certificate in PEM form, got something else; it begins with -----BEGIN CERTIFICATE-----");
  return null;
}

/** Null too for an encrypted one. The error is dropped, for it may quote the key. */
function parseKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}
