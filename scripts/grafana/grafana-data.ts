import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

const VERSION = "13.2.3";

/** As much of Grafana's own library as turns answers of a data source into what a panel shows. */
export interface GrafanaData {
  readonly toDataFrame: (frame: { refId: string; fields: readonly FieldInput[] }) => Frame;
  readonly transformDataFrame: (steps: readonly unknown[], frames: readonly Frame[]) => Observed<readonly Frame[]>;
  readonly applyFieldOverrides: (options: object) => readonly Frame[];
  readonly getFieldDisplayName: (field: Field, frame: Frame, frames: readonly Frame[]) => string;
  readonly formattedValueToString: (value: unknown) => string;
  readonly createTheme: () => unknown;
  readonly standardTransformers: Readonly<Record<string, { readonly id: string }>>;
  readonly standardTransformersRegistry: { setInit(init: () => readonly object[]): void };
}

interface Observed<T> {
  subscribe(observer: { next(value: T): void; error(error: unknown): void }): unknown;
}

interface FieldInput {
  readonly name: string;
  readonly type: "time" | "string" | "number";
  readonly values: readonly unknown[];
}

export interface Frame {
  readonly length: number;
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly values: readonly unknown[];
  readonly display?: (value: unknown) => unknown;
}

/**
 * Loads @grafana/data: from GRAFANA_DATA_DIR, a directory that holds `node_modules`, else from a fresh installation
 * below `directory`. Its install scripts do not run.
 */
export function loadGrafanaData(directory: string): GrafanaData {
  const given = process.env["GRAFANA_DATA_DIR"];
  if (given === undefined) {
    console.log(`installing @grafana/data@${VERSION} (about 170 MB) into ${directory}`);
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    execFileSync("npm", ["install", "--prefix", directory, ...flags, `@grafana/data@${VERSION}`], { stdio: "inherit" });
  }
  const grafana = createRequire(join(given ?? directory, "package.json"))("@grafana/data") as GrafanaData;
  // It asks whether a browser shows a newer kind of dashboard.
  Object.assign(globalThis, { window: {} });
  const transformers = Object.values(grafana.standardTransformers);
  // Some stand in the list under two names.
  const unique = [...new Map(transformers.map((one) => [one.id, one])).values()];
  grafana.standardTransformersRegistry.setInit(() =>
    unique.map((one) => ({ id: one.id, name: one.id, transformation: () => Promise.resolve(one) })),
  );
  return grafana;
}

/** Settings of a field that all panels have; each panel has more of its own, which do not change what a cell says. */
const SETTINGS = ["unit", "decimals", "noValue", "mappings", "thresholds", "min", "max", "color"];

/** Every setting is taken as it stands in the JSON. */
export const FIELD_SETTINGS = {
  list: () => SETTINGS.map(describeSetting),
  getIfExists: describeSetting,
  get: describeSetting,
};

function describeSetting(id: string) {
  return {
    id,
    path: id.replace(/^custom\./, ""),
    isCustom: id.startsWith("custom."),
    settings: {},
    process: (value: unknown) => value,
    shouldApply: () => true,
  };
}
