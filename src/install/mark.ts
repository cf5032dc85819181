import { createHash } from "node:crypto";

/** The last line of each file that we write. It tells our own text from one that somebody edited since. */
const MARK = /# agent-auth-exporter \S+ wrote this; sha256 ([0-9a-f]{64})\n$/;
/** The same wherever an editor or an appended line left it. */
const ANY_MARK = /^# agent-auth-exporter \S+ wrote this; sha256 [0-9a-f]{64}$/m;

/** `text`, which ends with a line break, and below it the version that wrote it and the hash of what it wrote. */
export function addMark(text: string, version: string): string {
  return `${text}# agent-auth-exporter ${version} wrote this; sha256 ${hash(text)}\n`;
}

/** `foreign` was not written by us, or its mark was removed. */
export function readMark(text: string): "intact" | "edited" | "foreign" {
  const mark = MARK.exec(text);
  if (mark === null) return ANY_MARK.test(text) ? "edited" : "foreign";
  return hash(text.slice(0, mark.index)) === mark[1] ? "intact" : "edited";
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
