/** The end of our line; what stands behind `#` is a comment for the shell that runs it. */
const MARK = "# agent-auth-exporter";

/** `line` in front of the mark, below everything that is there. One of ours that somebody edited stays, unless forced. */
export function addLine(crontab: string, line: string, { isForced }: { readonly isForced: boolean }): string {
  if (hasLine(crontab) && !isForced) return crontab;
  const others = removeLine(crontab);
  return `${others}${others === "" || others.endsWith("\n") ? "" : "\n"}${line} ${MARK}\n`;
}

/** What somebody made of our line, which was `line`: those that cron runs, none if it is commented out; null if nobody did. */
export function findEdited(crontab: string, line: string): readonly string[] | null {
  const ours = crontab.split("\n").filter(isOurs);
  if (ours.length === 0 || (ours.length === 1 && ours[0] === `${line} ${MARK}`)) return null;
  return ours.map((one) => one.trim()).filter((one) => !one.startsWith("#"));
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
