import type { Plugin } from "rolldown";

const IMPORT = /^import (.+) from "(node:[\w/]+)";$/gm;
const BINDINGS = /^(?:\* as )?([\w$]+)?(?:, )?(\{ .* \})?$/;

const SPAWN_EARLY = "import childProcess from 'node:child_process';";
const SPAWN_LATE =
  'const childProcess = { spawn: (...args) => process.getBuiltinModule("node:child_process").spawn(...args) };';

const REQUIRE_EARLY = "(() => createRequire(import.meta.url))()";
/** Only libraries that are loaded late ask for it, and making it brings Node's other loader. */
const REQUIRE_LATE = "((made) => (name) => (made ??= createRequire(import.meta.url))(name))()";

/**
 * Loads Node's own modules without an import statement. An import reads every export of such a module, and with it
 * everything that Node loads late itself: `node:process` brings streams and sockets, `node:util` a diff and an argument
 * parser. That is 4 ms of the 25 that `check` takes beyond the start of Node.
 */
export function builtinsPlugin(): Plugin {
  return {
    name: "builtins",
    transform: {
      filter: { id: /[\\/]commander[\\/]lib[\\/]command\.js$/ },
      handler(code) {
        // It would run executables of subcommands; we have none, and loading the module takes 2 ms.
        if (!code.includes(SPAWN_EARLY)) throw new Error(`commander: expected ${SPAWN_EARLY}`);
        return { code: code.replace(SPAWN_EARLY, SPAWN_LATE), map: null };
      },
    },
    renderChunk(code) {
      return code
        .replace(REQUIRE_EARLY, REQUIRE_LATE)
        .replace(IMPORT, (_statement, clause: string, name: string) => rewriteImport(clause, name));
    },
  };
}

function rewriteImport(clause: string, name: string): string {
  const [, whole, named] = BINDINGS.exec(clause) ?? [];
  if (whole === undefined && named === undefined) throw new Error(`${name}: unexpected import clause ${clause}`);
  const module = `globalThis.process.getBuiltinModule("${name}")`;
  const statements = [];
  if (whole !== undefined) statements.push(`const ${whole} = ${module};`);
  if (named !== undefined) statements.push(`const ${named.replaceAll(" as ", ": ")} = ${whole ?? module};`);
  return statements.join(" ");
}
