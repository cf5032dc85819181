import type { Program } from "./target.ts";

export interface UnitValues {
  readonly program: Program;
  /** For `--config.file`; null leaves what the template says. */
  readonly configFile: string | null;
  /** As in `LoadCredential=`: name and path. */
  readonly credentials: readonly { readonly name: string; readonly path: string }[];
}

/** As the templates stand they run what `npm install --global` links, with the npm of most systems. */
const COMMAND = /^ExecStart=\/usr\/local\/bin\/agent-auth (\w+)( --config\.file \S+)?/m;
const CREDENTIAL_EXAMPLE = /^# LoadCredential=.*\n/m;

/** A template with what is true on this host. */
export function renderUnit(template: string, { program, configFile, credentials }: UnitValues): string {
  const loads = credentials.map(({ name, path }) => `LoadCredential=${name}:${escape(path)}\n`).join("");
  return template
    .replace(COMMAND, (_, verb: string, config: string = "") => {
      const chosen = configFile === null ? config : ` --config.file ${quote(configFile)}`;
      return `ExecStart=${quote(program.node)} ${quote(program.script)} ${verb}${chosen}`;
    })
    .replace(CREDENTIAL_EXAMPLE, (example) => (loads === "" ? example : loads));
}

/** One word of a command line; systemd.service(5), "Command lines". */
function quote(word: string): string {
  const text = escape(word).replaceAll("$", "$$$$");
  return /^[\w@%+=:,./$-]+$/.test(text) ? text : `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** Percent signs begin specifiers. */
function escape(text: string): string {
  return text.replaceAll("%", "%%");
}
