#!/usr/bin/env node
// An old Node must be able to read this file, so that it can say what is missing instead of a syntax error: nothing but
// the smallest part is imported before the version has been looked at, and there is no `await` at the top.
import { keepCompiledCode, openCacheDirectory } from "./compiled-code.ts";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `agent-auth: expected Node.js 22.13 or newer, found ${process.versions.node}; install a newer one\n`,
  );
  process.exit(69);
}

const argv = process.argv.slice(2);
const cacheDirectory = openCacheDirectory();
if (cacheDirectory !== null) keepCompiledCode(cacheDirectory, /^[a-z]{1,16}$/.exec(argv[0] ?? "")?.[0] ?? "other");

import("./cli.ts")
  .then(({ main }) => main(argv, cacheDirectory))
  .catch((error: unknown) => {
    process.stderr.write(`agent-auth: ${String(error)}\n`);
    process.exit(70);
  });
