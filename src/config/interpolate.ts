export type Environment = Readonly<Record<string, string | undefined>>;

export type Interpolation =
  | { readonly kind: "text"; readonly text: string; /** A variable went into it. */ readonly isFromEnv: boolean }
  | { readonly kind: "missing"; readonly variable: string }
  | { readonly kind: "malformed"; readonly reference: string };

const REFERENCE = /\$(?:\$|\{([A-Za-z_]\w*)(?::-([^}]*))?\}|\{[^}]*\}?)/g;

/**
 * Puts environment variables into a value: `${NAME}`, or `${NAME:-fallback}` for one that is unset or empty. `$$` is a
 * dollar sign; a lone `$` stays. What comes in is not looked at again.
 */
export function interpolate(written: string, env: Environment): Interpolation {
  let text = "";
  let end = 0;
  let isFromEnv = false;
  for (const match of written.matchAll(REFERENCE)) {
    const [reference, name, fallback] = match;
    text += written.slice(end, match.index);
    end = match.index + reference.length;
    if (reference === "$$") {
      text += "$";
      continue;
    }
    if (name === undefined) return { kind: "malformed", reference };
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    const found = fallback === undefined ? value : value || fallback;
    if (found === undefined) return { kind: "missing", variable: name };
    text += found;
    isFromEnv = true;
  }
  return { kind: "text", text: text + written.slice(end), isFromEnv };
}
