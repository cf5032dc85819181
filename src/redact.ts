/**
 * Text from a store or a path can be a secret in the wrong place: a key pasted as a profile id, a token in a directory
 * name. Shapes are those that issuers document for secret scanning, and long runs without a word boundary.
 */
const SECRET_SHAPES = new RegExp(
  [
    String.raw`eyJ[\w-]{8,1024}\.[\w-]{8,}(?:\.[\w-]*)?`, // JWT; without a bound, many beginnings would take for ever
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

/** As typed, as a full-width or small letter, and as a URL has it. */
const AT = String.raw`[@\uff20\ufe6b]|%40`;

const LOCAL = String.raw`[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_\x60{|}~-]`;

/** A name or an address of the Internet Protocol. */
const DOMAIN = String.raw`\p{L}\p{M}\p{N}`;

/** Begins where a local part begins and nowhere within it, or a long text would be looked at once for each letter. */
const EMAIL = String.raw`(?<!${LOCAL})(${LOCAL}+)(${AT})(?=[${DOMAIN}]|\[[\w.:]{1,64}\])`;

/** Made of it when a text has such a sign: collecting all letters from the tables of Unicode takes V8 a while. */
let email: RegExp | null = null;

const HAS_AT = new RegExp(AT, "u");

/** `peter@example.com` becomes `p***@example.com`, wherever it stands in the text. */
export function maskEmails(text: string): string {
  if (!HAS_AT.test(text)) return text;
  email ??= new RegExp(EMAIL, "gu");
  return text.replace(email, (address, local: string, at: string) => {
    const first = /[\p{L}\p{N}]/u.exec(local);
    return first === null ? address : `${local.slice(0, first.index)}${first[0]}***${at}`;
  });
}
