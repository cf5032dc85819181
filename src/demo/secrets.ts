/** Invented secrets: each contains the word CANARY, so that a test can prove that none of them comes out anywhere. */

export function inventSecret(prefix: string, name: string): string {
  return `${prefix}CANARY-demo-${name}-${"0".repeat(48)}`;
}

/** A JWT with this end, unsigned but for a CANARY. */
export function inventJwt(claims: Readonly<Record<string, unknown>>): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${encode({ alg: "RS256", note: "CANARY" })}.${encode({ ...claims, note: "CANARY" })}.CANARY-demo-signature`;
}

/** The marker that OpenClaw 9.x stores instead of both tokens while it refreshes them; it is no secret. */
export function inventFence(state: "pending" | "failed"): {
  readonly access: string;
  readonly refresh: string;
  readonly expires: 1;
} {
  const infix = state === "failed" ? "failed:" : "";
  const fence = (kind: string) =>
    `openclaw-oauth-refresh-fence:v1:${"ab".repeat(16)}:${infix}${kind}:${"cd".repeat(32)}`;
  return { access: fence("access"), refresh: fence("refresh"), expires: 1 };
}
