/** The end of our line; what stands behind `#` is a comment for the shell that runs it. */
const MARK = "# agent-auth-exporter";

/** `line` in front of the mark, below everything that is there. One of ours that somebody edited stays, unless forced. */
export function addLine(crontab: string, line: string, { isForced }: { readonly isForced: boolean }): string {
  if (hasLine(crontab) && !isForced) return crontab;
  const others = removeLine(crontab);
  return `${others}${others === "" || others.endsWith("\n") ? "" : "\n"}${line} ${MARK}\n`;
}

/** All but our line, as it is. */
export function removeLine(crontab: string): string {
  return crontab
    .split(/(?<=\n)/)
    .filter((line) => !isOurs(line))
    .join("");
}

export function hasLine(crontab: string): boolean {
  return crontab.split("\n").some(isOurs);
}

function isOurs(line: string): boolean {
  return line.trimEnd().endsWith(MARK);
}
