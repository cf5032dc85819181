/** How one attempt to ask a remote went. */
export type RemoteAnswer =
  /** The status document, and when the remote checked last if it says so beside the document. */
  | { readonly kind: "document"; readonly text: string; readonly etag: string | null; readonly checkedAt: Date | null }
  /** The document is still the one that we have. */
  | { readonly kind: "unchanged"; readonly checkedAt: Date | null }
  /** `detail` is what happened and what to do, without address or credential. */
  | { readonly kind: "unreachable"; readonly detail: string };

/** No status document is larger: 16 MiB, as for the files that are read here. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

export function unreachable(detail: string): RemoteAnswer {
  return { kind: "unreachable", detail };
}

/** Null for what is no date. */
export function parseDate(text: string | null): Date | null {
  const at = new Date(text ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? null : at;
}
