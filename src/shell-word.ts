/** One word for a POSIX shell, whatever is in it; as it is where nothing in it needs quoting. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** The word that a text begins with, its quotes taken away; null where a shell would put something else in its place. */
export function readShellWord(text: string): string | null {
  const [word = ""] = /^(?:[^\s'"\\$`;|&()<>*?#~{}![\]]+|'[^']*'|\\.)+(?=\s|$)/.exec(text) ?? [];
  if (word === "") return null;
  return word.replaceAll(/'([^']*)'|\\(.)/g, (_, quoted?: string, escaped?: string) => quoted ?? escaped ?? "");
}
