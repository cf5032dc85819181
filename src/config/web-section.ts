import * as z from "zod";
import { pathValue } from "../config-values.ts";
import { parseListenAddress } from "../listen-address.ts";
import { DEFAULT_CONFIG } from "./config.ts";
import { findTelemetryPathMistake } from "./telemetry-path.ts";

const { web } = DEFAULT_CONFIG;

const listenAddress = z
  .string()
  .refine((given) => parseListenAddress(given) !== null)
  .meta({ title: "listen address", examples: ["127.0.0.1:10884"] });
const hostName = z
  .string()
  .regex(/^[\w-]+(?:\.[\w-]+)*$/)
  .meta({ title: "host name without a port", examples: ["agents.example.org"] });

const listenAddressSchema = z
  .codec(z.union([listenAddress, z.array(listenAddress).min(1)]), z.array(z.string()), {
    decode: (given) => (typeof given === "string" ? [given] : given),
    encode: (addresses) => addresses,
  })
  .prefault([...web.listenAddress])
  .meta({
    title: "listen address or list of them",
    description: "Where `serve` listens: `host:port`, or `:port` for every interface.",
    examples: [["127.0.0.1:10884", "[::1]:10884"]],
  });

/** The section `web` of the config. */
export const webSection = z
  .strictObject({
    listenAddress: listenAddressSchema,
    telemetryPath: z
      .string()
      .superRefine((given, context) => {
        const message = findTelemetryPathMistake(given);
        if (message !== null) context.addIssue({ code: "custom", input: given, message });
      })
      .default(web.telemetryPath)
      .meta({ title: "URL path", description: "Where the metrics are served.", examples: ["/agents/metrics"] }),
    enableLifecycle: z
      .boolean()
      .default(web.enableLifecycle)
      .meta({ description: "Allow `POST /-/reload`. Anybody who can connect can then make it read this file again." }),
    hosts: z
      .array(hostName)
      .default([...web.hosts])
      .meta({
        title: "list of host names",
        description:
          "Names under which it answers, besides `localhost`, addresses and this host's name: for a proxy that passes on the name it was asked for. Any other name gets 421, which keeps pages of other sites from reading it. While the list is empty, only a loopback address looks at the name.",
        examples: [["agents.example.org"]],
      }),
    configFile: pathValue
      .nullable()
      .default(web.configFile)
      .meta({
        title: "absolute path or null",
        description:
          "TLS, passwords, headers and a rate limit, in a file of the format that Prometheus' exporters share; see [web.md](web.md). Null is plain HTTP without a password.",
        examples: ["/etc/agent-auth-exporter/web.yml"],
      }),
  })
  .meta({ description: "The server of `agent-auth serve`." });
