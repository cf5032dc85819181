import { hostname } from "node:os";
import { attemptHttp, authorize } from "../channels/http.ts";
import type { ChannelTools, Delivery } from "../channels/channel.ts";
import { openSecrets, sendWith } from "../channels/secret.ts";
import { CONTENT_TYPES } from "../exposition.ts";
import { isWebAddress } from "../web-address.ts";
import type { GatewayOptions, Publisher } from "./publisher.ts";

/** A group of metrics in a Pushgateway: all of ours, under one job and instance. */
export interface Pushgateway extends Publisher {
  readonly group: { readonly job: string; readonly instance: string };
  /** Removes the group. Resolves to what went wrong and what to do, null when nothing did. */
  remove(): Promise<string | null>;
}

/** What stands in a path as it is; a name of dots alone would be resolved on the way. */
const PLAIN = /^(?!\.+$)[\w.:-]+$/;

/**
 * Replaces the group with each push (PUT), so that what is gone here is gone there. Who may not reach it and why is
 * told without the address, which may hold a password.
 * https://github.com/prometheus/pushgateway#api
 */
export function createPushgateway(options: GatewayOptions, tools: ChannelTools): Pushgateway {
  const { job, user, timeoutMs } = options;
  const group = { job, instance: options.instance ?? hostname() };
  const path = groupPath(group);
  const secrets = openSecrets(options, tools.env);

  const send = async (method: "PUT" | "DELETE", body: string | null): Promise<string | null> => {
    const delivery = await sendWith(secrets, async () => {
      const url = addPath(secrets.get("url") ?? "", path);
      const type: Record<string, string> = body === null ? {} : { "content-type": CONTENT_TYPES.text };
      const headers = { ...type, ...authorize(secrets, user ?? undefined) };
      // The attempt ends by itself, and nobody stops it before.
      const context = { now: new Date(), signal: new AbortController().signal };
      return attemptHttp(tools, { url, method, headers, body, timeoutMs }, context);
    });
    return delivery.kind === "delivered" ? null : `${delivery.detail}; ${remedyFor(delivery)}`;
  };
  return {
    name: "push.gateway",
    group,
    publish: (text) => send("PUT", text),
    remove: () => send("DELETE", null),
  };
}

/** What is no address stays as it is, for the attempt to refuse: a file can hold anything. */
function addPath(address: string, path: string): string {
  if (!isWebAddress(address)) return address;
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}${path}`;
  return url.href;
}

/** The path of a group; names with other characters, slashes above all, go in their base64 form. */
export function groupPath({ job, instance }: Pushgateway["group"]): string {
  return `/metrics/${segment("job", job)}/${segment("instance", instance)}`;
}

function segment(label: string, value: string): string {
  if (PLAIN.test(value)) return `${label}/${value}`;
  return `${label}@base64/${Buffer.from(value).toString("base64url") || "="}`;
}

function remedyFor({ kind, detail }: Delivery): string {
  switch (/^HTTP (\d+)/.exec(detail)?.[1]) {
    case "400":
      return "it refuses these metrics; look into its log";
    case "401":
    case "403":
      return "give `push.gateway` the `user` and `password`, or the `token`, that it asks for";
    case "404":
    case "405":
      return "name the address of a Pushgateway, without /metrics";
    case "413":
      return "let the server in front of it take larger bodies, or lower `metrics.maxSeries`";
    default:
      return kind === "retry" ? "the next check tries again" : "correct `push.gateway` or --push";
  }
}
