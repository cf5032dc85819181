import * as z from "zod";
import { needsOneOf, needsUser } from "../channels/checks.ts";
import {
  durationValue,
  pathValue,
  secretFileValue,
  secretUrlValue,
  secretValue,
  timeoutValue,
} from "../config-values.ts";
import type { GatewayOptions, OtlpOptions } from "../publish/publisher.ts";
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

const credentialKeys = {
  user: z.string().min(1).optional().meta({ title: "name", description: "For basic authentication." }),
  password: secretValue("The password of `user`."),
  passwordFile: secretFileValue("password"),
  token: secretValue("Sent as a bearer token."),
  tokenFile: secretFileValue("token"),
};

type Credentials = z.output<z.ZodObject<typeof credentialKeys>>;

function decodeAddress({
  url,
  urlFile,
  ...keys
}: Credentials & { url?: string | undefined; urlFile?: string | undefined }) {
  return {
    url: url ?? null,
    urlFile: urlFile ?? null,
    user: keys.user ?? null,
    password: keys.password ?? null,
    passwordFile: keys.passwordFile ?? null,
    token: keys.token ?? null,
    tokenFile: keys.tokenFile ?? null,
  };
}

const gatewayKeys = z
  .strictObject({
    url: secretUrlValue.meta({
      description: "The address of the Pushgateway, without `/metrics`; a secret, for it may hold a password.",
      examples: ["https://push.example.com"],
    }),
    urlFile: secretFileValue("url"),
    job: name.default(DEFAULT_GATEWAY.job).meta({
      title: "name",
      description: "The label `job` that the metrics get.",
      examples: ["agents"],
    }),
    instance: name
      .nullable()
      .default(DEFAULT_GATEWAY.instance)
      .meta({
        title: "name or null",
        description: "The label `instance` that the metrics get. Null is the name of this host.",
        examples: ["build-7"],
      }),
    ...credentialKeys,
    timeout: timeoutValue("How long an answer may take.", "10s"),
  })
  .superRefine(needsOneOf("url", "urlFile"))
  .superRefine(needsUser);

const gatewaySchema = z
  .codec(gatewayKeys, z.custom<GatewayOptions>(), {
    decode: ({ job, instance, timeout, ...address }) => ({
      ...decodeAddress(address),
      job,
      instance,
      timeoutMs: timeout,
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

const otlpKeys = z
  .strictObject({
    url: secretUrlValue.meta({
      description: "The address that takes metrics; a secret. `/v1/metrics` is added where it has no path.",
      examples: ["https://otel.example.com:4318/v1/metrics"],
    }),
    urlFile: secretFileValue("url"),
    job: name
      .nullable()
      .default(null)
      .meta({ title: "name or null", description: "`service.name`, which Prometheus makes the label `job` of." }),
    instance: name.nullable().default(null).meta({
      title: "name or null",
      description: "`service.instance.id`, which becomes the label `instance`. Null is the name of this host.",
    }),
    hostName: z.boolean().default(false).meta({ description: "Also tell the name of this host as `host.name`." }),
    ...credentialKeys,
    timeout: durationValue(100)
      .nullable()
      .default(null)
      .meta({ title: "duration or null", description: "How long a push may take, with its repetitions." }),
  })
  .superRefine(needsUser);

const otlpSchema = z
  .codec(otlpKeys, z.custom<OtlpOptions>(), {
    decode: ({ job, instance, hostName, timeout, ...address }) => ({
      ...decodeAddress(address),
      job,
      instance,
      hostName,
      timeoutMs: timeout,
    }),
    encode: ({ timeoutMs, job, instance, hostName, ...rest }) => ({
      ...givenOf(rest),
      job,
      instance,
      hostName,
      timeout: timeoutMs,
    }),
  })
  .nullable()
  .default(DEFAULT_CONFIG.push.otlp)
  .meta({
    title: "section, which may be empty",
    description:
      "A receiver of OTLP over HTTP, such as an OpenTelemetry collector, that gets the metrics of each check of `serve`, and of `check` with `--publish`. What is not given is taken from the usual `OTEL_EXPORTER_OTLP_*`, `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`.",
    default: null,
    examples: [{ url: "https://otel.example.com:4318/v1/metrics" }],
  });

export const pushSchema = z
  .strictObject({ gateway: gatewaySchema, otlp: otlpSchema })
  .meta({ description: "Where metrics are sent, from hosts that nobody can scrape." });
