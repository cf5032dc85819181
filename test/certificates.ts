import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const SHORT_LIVED = ["-days", "2", "-nodes"];
const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

/** Writes `ca.crt`, and certificates that it signed for a server on loopback and for a client, with their keys. */
export function writeCertificates(directory: string): void {
  run(directory, [
    "req",
    "-x509",
    ...EC,
    ...SHORT_LIVED,
    "-subj",
    "/CN=Test CA",
    "-keyout",
    "ca.key",
    "-out",
    "ca.crt",
  ]);
  writeSigned(directory, "server", "DNS:localhost,IP:127.0.0.1,IP:::1");
  writeSigned(directory, "client", "DNS:prometheus.example.org,URI:spiffe://example.org/prometheus,IP:::1");
}

/** Writes `<name>.crt` and `<name>.key`, signed by the authority of this directory, or by itself. */
export function writeSigned(directory: string, name: string, subjectAltName: string, isSelfSigned = false): void {
  const authority = isSelfSigned ? [] : ["-CA", "ca.crt", "-CAkey", "ca.key"];
  const extensions = ["-addext", `subjectAltName=${subjectAltName}`, "-addext", "basicConstraints=critical,CA:FALSE"];
  const files = ["-keyout", `${name}.key`, "-out", `${name}.crt`];
  run(directory, [
    "req",
    "-x509",
    ...EC,
    ...SHORT_LIVED,
    ...authority,
    "-subj",
    `/CN=${name}`,
    ...extensions,
    ...files,
  ]);
}

/** Writes what a server should not have: a key with a passphrase, and one that is too short. */
export function writeOddKeys(directory: string): void {
  run(directory, ["ec", "-in", "server.key", "-aes256", "-passout", "pass:CANARY", "-out", "encrypted.key"]);
  const weak = ["req", "-x509", "-newkey", "rsa:1024", ...SHORT_LIVED, "-subj", "/CN=weak"];
  run(directory, [...weak, "-keyout", "weak.key", "-out", "weak.crt"]);
}

/** A file in a directory, for what refers to it by name. */
export function writeIn(directory: string, name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

function run(directory: string, args: readonly string[]): void {
  execFileSync("openssl", args, { cwd: directory, stdio: "ignore" });
}
