import { execFileSync } from "node:child_process";
import type { BuildOptions } from "rolldown";
import { licencesPlugin } from "./scripts/licences-plugin.ts";

const config: BuildOptions = {
  input: { bin: "src/bin.ts" },
  platform: "node",
  tsconfig: true,
  transform: { define: { __REVISION__: JSON.stringify(readRevision()) } },
  // The text format is loaded late by `check --format`, and already there when `check` prints text.
  checks: { ineffectiveDynamicImport: false },
  plugins: [licencesPlugin()],
  output: {
    dir: "dist",
    cleanDir: true,
    // What V8 made of a script can be kept after it ran, what it made of a module only before (compiled-code.ts).
    format: "cjs",
    // Such a script may hold no import statement without a warning of Node's.
    dynamicImportInCjs: false,
    entryFileNames: "[name].cjs",
    chunkFileNames: "chunks/[name]-[hash].cjs",
    // What `check` needs comes as one file: each further one costs about half a millisecond.
    codeSplitting: {
      groups: [
        { name: "core", test: /[\\/]src[\\/](?:cli|commands[\\/]check|format[\\/]text)\.ts$/, priority: 2 },
        // The same for what `check --notify` needs when there is nothing to tell.
        { name: "notify", test: /[\\/]src[\\/]commands[\\/]notify-once\.ts$/, priority: 1 },
      ],
    },
    // Names and lines in a stack trace are worth more than a smaller file; it starts no faster.
    minify: false,
    comments: false,
    sourcemap: false,
  },
};

export default config;

/** Short commit of the checkout; a build without one is told by `REVISION`, as that of the image, or does not know. */
function readRevision(): string {
  try {
    const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
    return execFileSync("git", ["rev-parse", "--short=12", "HEAD"], { encoding: "utf8", stdio }).trim();
  } catch {
    return process.env["REVISION"]?.slice(0, 12) || "unknown";
  }
}
