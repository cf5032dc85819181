import { execFileSync } from "node:child_process";
import { defineConfig } from "rolldown";
import { licencesPlugin } from "./scripts/licences-plugin.ts";

export default defineConfig({
  input: { bin: "src/bin.ts" },
  platform: "node",
  tsconfig: true,
  transform: { define: { __REVISION__: JSON.stringify(readRevision()) } },
  logLevel: "warn",
  plugins: [licencesPlugin()],
  output: {
    dir: "dist",
    cleanDir: true,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
    minify: false,
    sourcemap: false,
  },
});

/** Short commit of the checkout; a build from a tarball has none. */
function readRevision(): string {
  try {
    const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
    return execFileSync("git", ["rev-parse", "--short=12", "HEAD"], { encoding: "utf8", stdio }).trim();
  } catch {
    return "unknown";
  }
}
