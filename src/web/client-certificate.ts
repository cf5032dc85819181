import { isIP, SocketAddress } from "node:net";
import type { TLSSocket } from "node:tls";
import type { TlsSettings } from "../web-security.ts";

/** Whether a connection whose handshake is over may stay, by what its client showed. */
export function isClientWelcome(socket: TLSSocket, { clientAuth, allowedSans }: TlsSettings): boolean {
  if (clientAuth === "NoClientCert" || clientAuth === "RequestClientCert") return true;
  // A resumed session counts as authorized even where there never was a certificate.
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return clientAuth === "VerifyClientCertIfGiven";
  if (clientAuth !== "RequireAnyClientCert" && !socket.authorized) return false;
  if (allowedSans === null) return true;
  const allowed = new Set(allowedSans.map(toCanonical));
  return listNames(certificate.subjectAltName ?? "").some((name) => allowed.has(name));
}

const NAME = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;
const KINDS = ["DNS", "IP Address", "URI", "email"];

/**
 * DNS names, addresses, e-mail addresses and URIs of a certificate, from Node's text of them: `DNS:a, IP Address:1.2.3.4`,
 * where a value with a character of this grammar is a JSON string.
 */
export function listNames(subjectAltName: string): readonly string[] {
  const names: string[] = [];
  NAME.lastIndex = 0;
  for (let found = NAME.exec(subjectAltName); found !== null; found = NAME.exec(subjectAltName)) {
    const [, kind = "", value = ""] = found;
    if (KINDS.includes(kind)) names.push(toCanonical(value.startsWith('"') ? unquote(value) : value));
  }
  return names;
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return "";
  }
}

/** An address has many spellings: `0:0:0:0:0:0:0:1` is `::1`. */
function toCanonical(name: string): string {
  const family = isIP(name);
  if (family === 0) return name;
  return new SocketAddress({ address: name, family: family === 6 ? "ipv6" : "ipv4" }).address;
}
