import type { DoctorFacts } from "../format/doctor.ts";
import { formatInstant, relativeTo } from "../alerts/message-words.ts";
import { type ChannelRecord, readChannelRecords } from "../alerts/read-memory.ts";
import type { Config } from "../config/config.ts";
import { UnavailableError } from "../errors.ts";
import type { CommandContext } from "./command.ts";
import { findChannelFaults } from "./config-faults.ts";

type Fact = DoctorFacts["own"][number];

/** What `doctor` says of each channel: whether its secrets can be read and its program is there, and what became of its messages. */
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
    const faults = findChannelFaults(channel, env);
    const record = records.get(name);
    const text = `${name} (${channel.type}): ${[...faults, describeRecord(record, alerts.timezone, now())].join("; ")}`;
    const isGood = faults.length === 0 && (record === undefined || record.tried + record.dead === 0);
    // What is only there for the service is no fault of the host, and neither is a receiver that is down.
    return { label: "channel", text, isGood, ...(isGood ? {} : { isWarning: true }) };
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

function describeRecord(record: ChannelRecord | undefined, timezone: string, now: Date): string {
  if (record === undefined) return "nothing was sent yet";
  const { deliveredAt, pending, tried, dead } = record;
  const last =
    deliveredAt === null
      ? "nothing was delivered lately"
      : `last delivered ${formatInstant(deliveredAt, timezone)} (${relativeTo(deliveredAt, now)})`;
  const waiting = pending === 0 ? [] : [`${pending} waiting`];
  const failed = tried === 0 ? [] : [`${tried} of them tried in vain`];
  const lost = dead === 0 ? [] : [`${dead} given up`];
  const remedy = tried + dead === 0 ? [] : ["see agent-auth notify outbox"];
  return [last, ...waiting, ...failed, ...lost, ...remedy].join(", ");
}
