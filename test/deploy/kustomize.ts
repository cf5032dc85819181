import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { requireProgram } from "../real-program.ts";
import type { PodSpec } from "./pod-security.ts";
import { ROOT } from "./rules.ts";

export interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: { readonly template?: { readonly metadata: { readonly labels: object }; readonly spec: PodSpec } };
}

export const KUBERNETES = join(ROOT, "deploy/kubernetes");
export const kubectl = requireProgram("kubectl");

export function readResources(text: string): readonly Resource[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Resource);
}

/** What `kubectl apply -k` would send; the kustomize inside works without a cluster. */
export function build(variant: string): readonly Resource[] {
  const { status, stdout, stderr } = spawnSync(String(kubectl), ["kustomize", join(KUBERNETES, variant)], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return readResources(stdout);
}
