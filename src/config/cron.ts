/**
 * What is wrong with a cron expression, as the second half of "expected a cron expression, …", or null. Loads the
 * scheduler, hence asynchronous: only a schedule that somebody wrote is worth that.
 */
export async function findCronMistake(expression: string): Promise<string | null> {
  const { validateDetailed } = await import("node-cron");
  const { valid, errors } = validateDetailed(expression);
  if (valid) return null;
  const [first] = errors;
  if (first === undefined || first.field === "expression") {
    const count = expression.trim() === "" ? 0 : expression.trim().split(/\s+/).length;
    const fields = count === 1 ? "1 field" : `${count} fields`;
    return `it has ${fields}, 5 are needed (minute, hour, day, month, weekday); for example "*/5 * * * *"`;
  }
  return `the ${FIELD_NAMES.get(first.field) ?? first.field} is not possible; for example "*/5 * * * *"`;
}

const FIELD_NAMES = new Map([
  ["dayOfMonth", "day of the month"],
  ["dayOfWeek", "day of the week"],
]);
