import type { StoreReading } from "./store.ts";

/** What the files or rows of a store say once parsed as JSON. */
export interface StoreDocuments {
  readonly store: unknown;
  /** Order, last good profile and failures, where a format keeps them apart; null when there is none. */
  readonly state: unknown;
}

export interface ParseContext {
  /** Where the documents come from, for the problems found in them. */
  readonly path: string;
  readonly modifiedAt: Date | null;
  /** Keyed digest of a secret. */
  readonly digest: (secret: string) => string;
}

export interface FormatReading extends StoreReading {
  /** The `version` that the store itself gives. */
  readonly version: number | null;
}

/** One way to keep credentials. `parse` is pure and takes anything: what it does not understand becomes a problem. */
export interface StoreFormat {
  /** For a person, in `doctor` and the documentation. */
  readonly title: string;
  readonly parse: (documents: StoreDocuments, context: ParseContext) => FormatReading;
}

/** A credential file of another CLI. */
export interface LoginFormat extends StoreFormat {
  /** Below the home directory, with forward slashes. */
  readonly homePath: string;
  /** Variable that names another directory for the file, as the CLI itself reads it. */
  readonly directoryVariable: string | null;
  readonly provider: string;
}
