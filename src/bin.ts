#!/usr/bin/env node
// An old Node must be able to read this file, so that it can say what is missing instead of a syntax error: nothing is
// imported before the version has been looked at, and there is no `await` at the top.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `agent-auth: expected Node.js 22.13 or newer, found ${process.versions.node}; install a newer one\n`,
  );
  process.exit(69);
}

process.getBuiltinModule("node:module").enableCompileCache();

import("./cli.ts")
  .then(({ main }) => main(process.argv.slice(2)))
  .catch((error: unknown) => {
    process.stderr.write(`agent-auth: ${String(error)}\n`);
    process.exit(70);
  });
