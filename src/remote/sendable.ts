/** Why what the file of this key holds cannot be sent, without any of it; null when it can. A header is one line. */
export function findSecretMistake(key: string, text: string): string | null {
  const mistake = findLineMistake(key, text);
  if (mistake !== null) return mistake;
  return /^[\x20-\x7e]+$/.test(text) ? null : `\`${key}\` holds characters that cannot be sent`;
}

/** A secret is one line; null when it is. */
export function findLineMistake(key: string, text: string): string | null {
  return /[\r\n]/.test(text) ? `\`${key}\` holds more than one line; leave nothing but the secret in it` : null;
}
