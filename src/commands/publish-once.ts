import type { Config } from "../config/config.ts";
import { UsageError } from "../errors.ts";
import type { CheckReport } from "../format/format.ts";
import { cleanText } from "../log.ts";
import type { Places } from "../publish/registry.ts";
import type { CommandContext } from "./command.ts";
import { openPublishers, refuseBadTextfile } from "./open-publishers.ts";
import type { OptionValues } from "./option-values.ts";
import { createPromRenderer } from "./prom-format.ts";

/** Hands the metrics of one check to every place; false when one of them did not get them, which is printed. */
export type PublishOnce = (report: CheckReport) => Promise<boolean>;

/**
 * The places that the command line of `check` names, with `--publish` those of the config too: a person who looks by
 * hand, perhaps at one agent, must not replace what a service publishes. Throws `UsageError` or `ConfigError` for one that cannot be.
 */
export async function openPublishOnce(
  options: OptionValues,
  config: Config,
  context: CommandContext,
): Promise<PublishOnce> {
  const { env } = context;
  refuseBadTextfile(config, options, env);
  const publishers = await openPublishers(choosePlaces(options, config), env);
  if (publishers.length === 0) {
    const expected = "--publish: expected `textfile` or `push` in the config, got neither";
    throw new UsageError(`${expected}; add one, or name a place with --textfile or --push`);
  }
  const render = createPromRenderer(config);
  return async (report) => {
    const text = await render(report);
    const publishOne = async ({ name, publish }: (typeof publishers)[number]): Promise<boolean> => {
      const fault = await publish(text);
      if (fault !== null) context.stderr.write(`agent-auth: ${cleanText(`${name}: ${fault}`)}\n`);
      return fault === null;
    };
    return (await Promise.all(publishers.map(publishOne))).every(Boolean);
  };
}

function choosePlaces(options: OptionValues, { textfile, push }: Config): Places {
  if (options.isOn("publish")) return { textfile, push };
  const isNamed = (name: string): boolean => options.text(name) !== null;
  return {
    textfile: isNamed("textfile") ? textfile : null,
    push: { gateway: isNamed("push") ? push.gateway : null, otlp: null },
  };
}
