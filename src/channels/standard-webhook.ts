const PREFIX = "whsec_";

/** The key of a `whsec_…` secret; null without the prefix, or when what follows it is no base64. */
export function parseSigningKey(secret: string): Uint8Array | null {
  const encoded = secret.slice(PREFIX.length);
  if (!secret.startsWith(PREFIX) || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return null;
  const key = Buffer.from(encoded, "base64");
  return key.length === 0 ? null : key;
}

/** The three headers of the Standard Webhooks specification: HMAC-SHA256 over id, seconds and body. */
export function signWebhook(options: {
  readonly id: string;
  readonly now: Date;
  readonly body: string;
  readonly key: Uint8Array | null;
}): Record<string, string> {
  const { id, now, body, key } = options;
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp };
  if (key === null) return headers;
  const { createHmac } = process.getBuiltinModule("node:crypto");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { ...headers, "webhook-signature": `v1,${signature}` };
}
