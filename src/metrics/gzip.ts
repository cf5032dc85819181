import { promisify } from "node:util";
import { constants, crc32, deflateRaw } from "node:zlib";

/** Text in its compressed form, ready to be joined with more into one gzip file. */
export interface Deflated {
  readonly bytes: Buffer;
  readonly source: Buffer;
}

const deflateRawAsync = promisify(deflateRaw);

// RFC 1952: magic, deflate, no flags, no time, no hint, unknown system.
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/** Compresses off the main thread; ends on a byte boundary without closing the stream, so that more can follow. */
export async function deflatePart(source: Buffer): Promise<Deflated> {
  const bytes = await deflateRawAsync(source, { level: constants.Z_BEST_SPEED, finishFlush: constants.Z_SYNC_FLUSH });
  return { bytes, source };
}

/**
 * One gzip file of several parts. A single member, because clients differ in whether they read past the first; made of
 * parts, because compressing what has not changed would be most of the work of a check.
 */
export async function joinGzip(kept: Deflated, last: Buffer): Promise<Buffer> {
  const end = await deflateRawAsync(last, { level: constants.Z_BEST_SPEED });
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(last, crc32(kept.source)), 0);
  trailer.writeUInt32LE((kept.source.length + last.length) >>> 0, 4);
  return Buffer.concat([HEADER, kept.bytes, end, trailer]);
}
