/** What is chosen in the lists on top of a dashboard; `null` is All. */
export type Choice = Readonly<Record<string, readonly string[] | null>>;

const NAMES = ["job", "instance", "installation", "agent", "provider"];

/** The time range that is shown, and how often Prometheus scrapes, in seconds. */
const RANGE = 3600;
const SCRAPE = 1;
const DATA_POINTS = 1000;

/**
 * Replaces variables as Grafana does for Prometheus: All by its `.*`, one value escaped for a regular expression,
 * several as alternatives (`interpolateQueryExpr` and `getRateIntervalScopedVariable` of its Prometheus data source).
 */
export function interpolate(expr: string, interval: string | undefined, choice: Choice = {}): string {
  const step = Math.max(RANGE / DATA_POINTS, seconds(interval ?? "1s"));
  const values: Record<string, string> = {
    __range: `${RANGE}s`,
    __interval: `${step}s`,
    __rate_interval: `${Math.max(step + SCRAPE, 4 * SCRAPE)}s`,
  };
  for (const name of NAMES) values[name] = pattern(choice[name] ?? null);
  return expr.replaceAll(/\$(\w+)/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`$${name} is no variable of the dashboard`);
    return value;
  });
}

/** Of an interval such as `5m`. */
function seconds(interval: string): number {
  const [, count, unit] = /^(\d+)([sm])$/.exec(interval) ?? [];
  if (count === undefined) throw new Error(`expected an interval such as 5m, got ${interval}`);
  return Number(count) * (unit === "m" ? 60 : 1);
}

function pattern(values: readonly string[] | null): string {
  if (values === null) return ".*";
  const escaped = values.map((value) => value.replaceAll("\\", "\\\\\\\\").replaceAll(/[$^*{}[\]'+?.()|]/g, "\\\\$&"));
  return escaped.length === 1 ? escaped.join("") : `(${escaped.join("|")})`;
}
