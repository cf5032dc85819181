import { isRecord } from "../record.ts";
import { showAddress } from "../remote/target.ts";
import type { Config } from "./config.ts";
import { parseConfigDocument } from "./document.ts";

/** The places to look at in whose names a variable stands: with another environment the same file means others. */
export function listVariablePlaces(text: string, { discovery, remotes }: Config): readonly string[] {
  // Without an environment, values are as they are written.
  const written = toRecord(parseConfigDocument(text, null).value);
  const { homes, stateDirs } = toRecord(written["discovery"]);
  const addresses = toList(written["remotes"]).map((remote) => toRecord(remote)["url"]);
  const pick = (values: unknown, meant: readonly string[]): readonly string[] =>
    meant.filter((_, index) => String(toList(values)[index]).includes("${"));
  return [
    ...pick(homes, discovery.homes),
    ...pick(stateDirs, discovery.stateDirs),
    ...pick(
      addresses,
      remotes.map(({ url }) => showAddress(url)),
    ),
  ];
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
