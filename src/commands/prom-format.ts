import type { Config } from "../config/config.ts";
import type { Render } from "../format/format.ts";
import { renderPromText } from "../metrics/expose.ts";
import { selectSnapshot } from "../select.ts";
import { REVISION, VERSION } from "../version.ts";

/** The metrics of one check as Prometheus text, without those of a running exporter. */
export function createPromRenderer({ labels, metrics }: Config): Render {
  const build = { version: VERSION, revision: REVISION, nodeVersion: process.versions.node };
  const options = { emails: labels.emails, maxSeries: metrics.maxSeries, build };
  return ({ snapshot, question, exitCode }) =>
    renderPromText(selectSnapshot(snapshot, question), { ...options, checkCode: exitCode });
}
