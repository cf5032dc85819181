/** A mail as a server took it or a mailbox holds it. */
export interface ReceivedMail {
  /** All of it, with the line ends of Unix. */
  readonly raw: string;
  /** A header's value, unfolded; undefined when there is none. */
  header(name: string): string | undefined;
  /** The text part, decoded. */
  readonly text: string;
}

/** Reads what our e-mail channel writes: a multipart/alternative whose text part is not base64. */
export function parseMail(given: string): ReceivedMail {
  const raw = given.replaceAll("\r\n", "\n");
  const [head, body] = splitHead(raw);
  const boundary = /boundary="([^"]+)"/.exec(head)?.[1] ?? "no boundary";
  const parts = body.split(`--${boundary}`).map((part) => splitHead(part.trimStart()));
  const [textHead, text] = parts.find(([partHead]) => partHead.startsWith("Content-Type: text/plain")) ?? ["", ""];
  return {
    raw,
    header: (name) => new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1],
    text: /^Content-Transfer-Encoding: quoted-printable$/im.test(textHead) ? decodeQuotedPrintable(text) : text,
  };
}

function splitHead(text: string): readonly [head: string, body: string] {
  const end = text.indexOf("\n\n");
  return end === -1 ? [text, ""] : [text.slice(0, end).replaceAll(/\n[ \t]+/g, " "), text.slice(end + 2)];
}

function decodeQuotedPrintable(text: string): string {
  const bytes = text.replaceAll("=\n", "").replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => `%${hex}`);
  return decodeURIComponent(bytes.replaceAll(/%(?![0-9A-F]{2})/g, "%25"));
}
