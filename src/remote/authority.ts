import { X509Certificate } from "node:crypto";

const CERTIFICATE = /-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----[\s\S]*?-----END \1?CERTIFICATE-----/g;

/** Why a text is no authority to trust; null when it is one. OpenSSL would take it for no authority at all. */
export function findAuthorityMistake(text: string): string | null {
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.some(isReadable)) return null;
  if (certificates.length > 0) return "`caFile` holds a certificate in PEM that cannot be read; copy it anew";
  const other = text.includes("PRIVATE KEY-----") ? ", but a private key" : "";
  return `\`caFile\` holds no certificate in PEM${other}`;
}

function isReadable(certificate: string): boolean {
  try {
    return new X509Certificate(certificate).subject !== "";
  } catch {
    return false;
  }
}
