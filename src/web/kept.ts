import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import type { ExpositionEncoding } from "../exposition.ts";

const gzipAsync = promisify(gzip);

/** A document rendered once and served many times. */
export interface Kept {
  /** Weak, because the compressed and the plain form share it. */
  readonly etag: string;
  bytes(encoding: ExpositionEncoding): Promise<Buffer>;
}

/**
 * Renders anew when the source is another object, or the key another text, than the time before. Two documents with the
 * same `identify` count as one for those who have it already; without it they have to be equal.
 */
export function createKeeper<T extends object>(
  render: (source: T) => string | Buffer,
  identify?: (source: T) => string,
): (source: T, key?: string) => Kept {
  let last: { readonly source: T; readonly key: string; readonly kept: Kept } | undefined;
  return (source, key = "") => {
    if (last?.source !== source || last.key !== key) {
      last = { source, key, kept: keep(Buffer.from(render(source)), identify?.(source)) };
    }
    return last.kept;
  };
}

function keep(plain: Buffer, identity: string | Buffer = plain): Kept {
  let packed: Promise<Buffer> | undefined;
  return {
    etag: `W/"${createHash("sha256").update(identity).digest("base64url").slice(0, 22)}"`,
    async bytes(encoding) {
      if (encoding === "identity") return plain;
      packed ??= gzipAsync(plain, { level: constants.Z_BEST_SPEED });
      return packed;
    },
  };
}
