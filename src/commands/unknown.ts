import { UsageError } from "../errors.ts";
import type { Finding } from "../findings.ts";
import { findUnknown, type Selection } from "../select.ts";
import type { Snapshot } from "../snapshot.ts";

/**
 * Throws `UsageError` for an agent or provider that does not exist: silence about it would look like good news. Where
 * something could not be read, that is the finding: the name may be in there.
 */
export function refuseUnknown(snapshot: Snapshot, selection: Selection, findings: readonly Finding[]): void {
  if (findings.some(({ code }) => code === 3)) return;
  const unknown = findUnknown(snapshot, selection);
  if (unknown === null) return;
  const { kind, name, known } = unknown;
  throw new UsageError(`--${kind}: expected one of ${known.join(", ")}; got ${JSON.stringify(name)}`);
}
