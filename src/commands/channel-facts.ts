import type { DoctorFacts } from "../format/doctor.ts";
import { formatInstant, relativeTo } from "../alerts/message-words.ts";
import { type ChannelRecord, readChannelRecords } from "../alerts/read-memory.ts";
import type { ConfiguredChannel } from "../channels/kind.ts";
import { openSecrets, SecretError } from "../channels/secret.ts";
import type { Config } from "../config/config.ts";
import { UnavailableError } from "../errors.ts";
import type { CommandContext } from "./command.ts";

type Fact = DoctorFacts["own"][number];

/** What `doctor` says of each channel: whether its secrets can be read, and what became of its messages. */
export function describeChannels(
  { channels, alerts }: Config,
  storagePath: string,
  { env, now }: CommandContext,
): readonly Fact[] {
  if (channels.length === 0) return [{ label: "channels", text: "none, so nobody is told", isGood: true }];
  const records = readRecords(storagePath);
  if (typeof records === "string") return [{ label: "channels", text: records, isGood: false }];
  return channels.map((channel) => {
    const { name } = channel.policy;
    const faults = findSecretFaults(channel, env);
    const record = describeRecord(records.get(name), alerts.timezone, now());
    const text = `${name} (${channel.type}): ${[...faults, record].join("; ")}`;
    // A secret that is only there for the service is no fault of the host.
    return { label: "channel", text, isGood: faults.length === 0, ...(faults.length === 0 ? {} : { isWarning: true }) };
  });
}

function readRecords(storagePath: string): ReadonlyMap<string, ChannelRecord> | string {
  try {
    return readChannelRecords(storagePath);
  } catch (error) {
    if (error instanceof UnavailableError) return error.message;
    throw error;
  }
}

function findSecretFaults({ options }: ConfiguredChannel, env: CommandContext["env"]): readonly string[] {
  const secrets = openSecrets(options, env);
  return Object.entries(options)
    .filter(([key, path]) => key.endsWith("File") && typeof path === "string")
    .flatMap(([key]) => {
      try {
        secrets.get(key.slice(0, -"File".length));
        return [];
      } catch (error) {
        if (error instanceof SecretError) return [error.message];
        throw error;
      }
    });
}

function describeRecord(record: ChannelRecord | undefined, timezone: string, now: Date): string {
  if (record === undefined) return "nothing was sent yet";
  const { deliveredAt, pending, dead } = record;
  const last =
    deliveredAt === null
      ? "nothing was delivered lately"
      : `last delivered ${formatInstant(deliveredAt, timezone)} (${relativeTo(deliveredAt, now)})`;
  const waiting = pending === 0 ? [] : [`${pending} waiting`];
  const lost = dead === 0 ? [] : [`${dead} given up, see agent-auth notify outbox`];
  return [last, ...waiting, ...lost].join(", ");
}
