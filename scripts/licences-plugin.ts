import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "rolldown";

const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

interface Package {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly text: string;
}

/** Writes `THIRD-PARTY-LICENSES` beside the bundle: the terms of every package whose code is in it. */
export function licencesPlugin(): Plugin {
  return {
    name: "third-party-licences",
    generateBundle(_options, bundle) {
      const directories = new Set<string>();
      for (const output of Object.values(bundle)) {
        if (output.type !== "chunk") continue;
        for (const [id, module] of Object.entries(output.modules)) {
          if (module.renderedLength > 0 && id.includes("/node_modules/")) directories.add(packageDirectory(id));
        }
      }
      const packages = [...directories].map(readPackage).sort((a, b) => a.name.localeCompare(b.name, "en"));
      this.emitFile({ type: "asset", fileName: "THIRD-PARTY-LICENSES", source: renderLicences(packages) });
    },
  };
}

function packageDirectory(id: string): string {
  let directory = dirname(id.replace(/^\0/, "").replace(/\?.*$/, ""));
  // A nested package.json that only sets `type` is not the package's own.
  while (!existsSync(join(directory, "package.json")) || readManifest(directory).name === undefined) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error(`no package.json above ${id}`);
    directory = parent;
  }
  return directory;
}

function readPackage(directory: string): Package {
  const manifest = readManifest(directory);
  const file = readdirSync(directory).find((entry) => LICENCE_FILE.test(entry));
  const licence = manifest.license;
  if (licence === undefined) throw new Error(`${directory}: expected a licence in package.json, found none`);
  const text = file === undefined ? "" : readFileSync(join(directory, file), "utf8").trim();
  return { name: manifest.name ?? directory, version: manifest.version ?? "", licence, text };
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
}

function renderLicences(packages: readonly Package[]): string {
  const parts = packages.map(({ name, version, licence, text }) => `${name} ${version} (${licence})\n\n${text}`);
  return `agent-auth-exporter contains code of these packages.\n\n${parts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}
