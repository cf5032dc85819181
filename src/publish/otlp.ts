import { hostname } from "node:os";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { detectResources, type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { resourceAttributesEnvDetector, serviceNameEnvDetector } from "@opentelemetry/resources";
import { authorize } from "../channels/http.ts";
import type { ChannelTools } from "../channels/channel.ts";
import { openSecrets, SecretError } from "../channels/secret.ts";
import { VERSION } from "../version.ts";
import { isWebAddress } from "../web-address.ts";
import { parseFamilies } from "./families.ts";
import { toMetricData } from "./otlp-metrics.ts";
import type { OtlpOptions, Publisher } from "./publisher.ts";

const SCOPE = { name: "agent-auth-exporter", version: VERSION };

type ExportResult = Parameters<Parameters<OTLPMetricExporter["export"]>[1]>[0];

/**
 * An OpenTelemetry collector, or whatever else takes OTLP over HTTP. What the config leaves open is decided by the
 * usual `OTEL_*` variables and then by the library's defaults; it also tries again, within the timeout.
 */
export function createOtlp(options: OtlpOptions, { env }: Pick<ChannelTools, "env">): Publisher {
  const secrets = openSecrets(options, env);
  const startedAt = new Date();

  const openExporter = (): OTLPMetricExporter => {
    const url = secrets.get("url");
    if (url !== null && !isWebAddress(url)) {
      throw new SecretError("`urlFile` holds no http or https address; correct that file");
    }
    return new OTLPMetricExporter({
      headers: authorize(secrets, options.user ?? undefined),
      ...(url === null ? {} : { url: completePath(url) }),
      ...(options.timeoutMs === null ? {} : { timeoutMillis: options.timeoutMs }),
    });
  };
  return {
    name: "push.otlp",
    async publish(text) {
      let fault: string | null;
      try {
        // One for each push: they are minutes apart, and a secret's file may hold another one by then.
        const exporter = openExporter();
        const span = { startedAt, now: new Date() };
        const metrics = parseFamilies(text).map((family) => toMetricData(family, span));
        const content = { resource: describeResource(options), scopeMetrics: [{ scope: SCOPE, metrics }] };
        const { promise, resolve } = Promise.withResolvers<ExportResult>();
        exporter.export(content, resolve);
        fault = describeFault(await promise);
        await exporter.shutdown();
      } catch (error) {
        if (!(error instanceof SecretError)) throw error;
        fault = error.message;
      }
      if (fault !== null) secrets.refresh();
      return fault;
    },
  };
}

/** The specification's path, where the address has none. */
function completePath(address: string): string {
  const url = new URL(address);
  if (url.pathname === "/") url.pathname = "/v1/metrics";
  return url.href;
}

/** What Prometheus makes `job` and `instance` of; the config goes before the environment. */
function describeResource({ job, instance, hostName }: OtlpOptions): Resource {
  const fromEnvironment = detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] });
  return resourceFromAttributes({ "service.name": "agent-auth", "service.instance.id": hostname() })
    .merge(fromEnvironment)
    .merge(
      resourceFromAttributes({
        "service.version": VERSION,
        ...(job === null ? {} : { "service.name": job }),
        ...(instance === null ? {} : { "service.instance.id": instance }),
        ...(hostName ? { "host.name": hostname() } : {}),
      }),
    );
}

/** The text of an error quotes the answer and the address; its code does not. */
function describeFault({ code, error }: ExportResult): string | null {
  if (code === 0) return null;
  const found = error !== undefined && "code" in error ? error.code : undefined;
  switch (found) {
    case 401:
    case 403:
      return `HTTP ${found}; give \`push.otlp\` the credentials that it asks for, or set OTEL_EXPORTER_OTLP_HEADERS`;
    case 404:
      return "HTTP 404; name the address that takes metrics, mostly …/v1/metrics";
    case undefined:
      return "no answer; see whether the address is right and something listens there; the next check tries again";
    default:
      return typeof found === "number"
        ? `HTTP ${found}; look into the log of the receiver`
        : `no answer (${String(found)}); the next check tries again`;
  }
}
