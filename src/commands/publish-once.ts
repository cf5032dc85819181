import type { Config } from "../config/config.ts";
import { UsageError } from "../errors.ts";
import type { CheckReport } from "../format/format.ts";
import { cleanText } from "../log.ts";
import type { Publisher } from "../publish/publisher.ts";
import { createTextfile, findTextfileMistake } from "../publish/textfile.ts";
import type { CommandContext } from "./command.ts";
import { createPromRenderer } from "./prom-format.ts";
import type { OptionValues } from "./option-values.ts";

/** Hands the metrics of one check to every place; false when one of them did not get them, which is printed. */
export type PublishOnce = (report: CheckReport) => Promise<boolean>;

/** The places that the command line of `check` names. Throws `UsageError` for one that cannot be. */
export function openPublishOnce(options: OptionValues, config: Config, { env, stderr }: CommandContext): PublishOnce {
  const publishers = openPublishers(options, config, env);
  const render = createPromRenderer(config);
  return async (report) => {
    const text = await render(report);
    const faults = await Promise.all(publishers.map((publisher) => publisher.publish(text)));
    for (const [index, fault] of faults.entries()) {
      if (fault !== null) stderr.write(`agent-auth: ${cleanText(`${publishers[index]?.name}: ${fault}`)}\n`);
    }
    return faults.every((fault) => fault === null);
  };
}

function openPublishers(options: OptionValues, config: Config, env: CommandContext["env"]): readonly Publisher[] {
  const textfile = options.path("textfile");
  if (textfile === null) return [];
  const mistake = findTextfileMistake(textfile, { stateDirs: config.discovery.stateDirs, env });
  if (mistake !== null) throw new UsageError(`--textfile: ${mistake}`);
  return [createTextfile(textfile)];
}
