import * as z from "zod";
import { needsOneOf, needsUser } from "../channels/checks.ts";
import { pathValue, secretFileValue, secretUrlValue, secretValue, timeoutValue } from "../config-values.ts";
import type { GatewayOptions } from "../publish/publisher.ts";
import { DEFAULT_CONFIG, DEFAULT_GATEWAY } from "./config.ts";
import { givenOf } from "./given.ts";

export const textfileSchema = pathValue
  .refine((path) => path.endsWith(".prom"), { error: "write a name that ends in .prom; node_exporter reads no other" })
  .nullable()
  .default(DEFAULT_CONFIG.textfile)
  .meta({
    title: "absolute path or null",
    description:
      "A file for the textfile collector of node_exporter, which `serve` replaces after each check and `check` with `--publish`.",
    examples: ["/var/lib/prometheus/node-exporter/agent-auth.prom"],
  });

const name = z.string().min(1).max(200);

const jobKey = name.default(DEFAULT_GATEWAY.job).meta({
  title: "name",
  description: "The label `job` that the metrics get.",
  examples: ["agents"],
});

const instanceKey = name
  .nullable()
  .default(DEFAULT_GATEWAY.instance)
  .meta({
    title: "name or null",
    description: "The label `instance` that the metrics get. Null is the name of this host.",
    examples: ["build-7"],
  });

const gatewayKeys = z
  .strictObject({
    url: secretUrlValue.meta({
      description: "The address of the Pushgateway, without `/metrics`; a secret, for it may hold a password.",
      examples: ["https://push.example.com"],
    }),
    urlFile: secretFileValue("url"),
    job: jobKey,
    instance: instanceKey,
    user: z.string().min(1).optional().meta({ title: "name", description: "For basic authentication." }),
    password: secretValue("The password of `user`."),
    passwordFile: secretFileValue("password"),
    token: secretValue("Sent as a bearer token."),
    tokenFile: secretFileValue("token"),
    timeout: timeoutValue("How long an answer may take.", "10s"),
  })
  .superRefine(needsOneOf("url", "urlFile"))
  .superRefine(needsUser);

const gatewaySchema = z
  .codec(gatewayKeys, z.custom<GatewayOptions>(), {
    decode: (keys) => ({
      url: keys.url ?? null,
      urlFile: keys.urlFile ?? null,
      job: keys.job,
      instance: keys.instance,
      user: keys.user ?? null,
      password: keys.password ?? null,
      passwordFile: keys.passwordFile ?? null,
      token: keys.token ?? null,
      tokenFile: keys.tokenFile ?? null,
      timeoutMs: keys.timeout,
    }),
    encode: ({ timeoutMs, job, instance, ...rest }) => ({ ...givenOf(rest), job, instance, timeout: timeoutMs }),
  })
  .nullable()
  .default(DEFAULT_CONFIG.push.gateway)
  .meta({
    title: "section with `url` or `urlFile`",
    description:
      "A Pushgateway that gets the metrics of each check of `serve`, and of `check` with `--publish` or `--push`.",
    default: null,
    examples: [{ url: "https://push.example.com", instance: "build-7" }],
  });

export const pushSchema = z
  .strictObject({ gateway: gatewaySchema })
  .meta({ description: "Where metrics are sent, from hosts that nobody can scrape." });
