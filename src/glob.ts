import { sep } from "node:path";

export function isGlob(path: string): boolean {
  return /[*?]/.test(path);
}

/** What a glob of homes matches: `*` and `?` stand for something within one segment, and for no leading dot. */
export function toExpression(glob: string): RegExp {
  const segments = glob.split(sep).map((segment) => {
    const escaped = segment.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
    const shape = escaped.replaceAll("*", `[^${sep}]*`).replaceAll("?", `[^${sep}]`);
    return /^[*?]/.test(segment) ? String.raw`(?!\.)${shape}` : shape;
  });
  return new RegExp(`^${segments.join(sep)}$`, "u");
}
