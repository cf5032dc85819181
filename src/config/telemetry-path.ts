const FORM = /^(?:\/[\w.~-]+)+$/;

/** What the server answers itself; the metrics cannot live there. */
const TAKEN = ["/healthz", "/readyz", "/api", "/-"];

/** What is wrong with a path for the metrics, as the second half of a sentence, or null. */
export function findTelemetryPathMistake(path: string): string | null {
  if (!FORM.test(path)) return 'write a path such as "/metrics"';
  const taken = TAKEN.find((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  return taken === undefined ? null : `"${taken}" is answered by the server itself; write another, such as "/metrics"`;
}
