/**
 * Text from a store or a path can be a secret in the wrong place: a key pasted as a profile id, a token in a directory
 * name. Shapes are those that issuers document for secret scanning, and long runs without a word boundary.
 */
const SECRET_SHAPES = new RegExp(
  [
    String.raw`eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?`, // JWT
    String.raw`openclaw-oauth-refresh-fence:[\w:-]+`,
    String.raw`\b(?:sk|pk|rk|sess)-[\w-]{12,}`, // Anthropic, OpenAI and the many that copy their prefix
    String.raw`\b(?:gh[opusr]|github_pat|glpat|xox[abposr]|hf|gsk|xai|nvapi|r8)[_-][\w-]{12,}`,
    String.raw`\bAIza[\w-]{20,}`,
    String.raw`\bya29\.[\w.-]{12,}`,
    String.raw`\bA(?:KIA|SIA)[A-Z0-9]{12,}`,
    String.raw`(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])(?!(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?![\w-]))[\w-]{40,}`,
  ].join("|"),
  "g",
);

/** Replaces whatever looks like a secret; the text stays readable otherwise. */
export function redactSecrets(text: string): string {
  return text.replace(SECRET_SHAPES, "[redacted]");
}

const EMAIL =
  /([\p{L}\p{N}])[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]*@([\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}-]+)*)/gu;

/** `peter@example.com` becomes `p***@example.com`, wherever it stands in the text. */
export function maskEmails(text: string): string {
  return text.includes("@") ? text.replace(EMAIL, "$1***@$2") : text;
}
