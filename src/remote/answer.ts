/** How one attempt to ask a remote went. */
export type RemoteAnswer =
  /** The status document. */
  | ({ readonly kind: "document"; readonly text: string; readonly etag: string | null } & RemoteTimes)
  /** The document is still the one that we have. */
  | ({ readonly kind: "unchanged" } & RemoteTimes)
  /** `detail` is what happened and what to do, without address or credential. */
  | { readonly kind: "unreachable"; readonly detail: string };

/** By the clock of the remote, which may be another than ours. */
export interface RemoteTimes {
  /** When it checked last, if it says so beside the document. */
  readonly checkedAt: Date | null;
  /** What its clock showed when it answered; `with-document` is the moment that the document is of. */
  readonly clockAt: Date | "with-document" | null;
}

export interface AskOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gives the question up; what it is answered then does not matter. */
  readonly stop: AbortSignal;
}

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
