import { describe, expect, it } from "vitest";
import { negotiateEncoding, negotiateFormat } from "../../src/web/accept.ts";

describe("negotiateFormat", () => {
  it.each([
    ["no header", undefined, "text"],
    ["an empty header", "", "text"],
    ["a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text"],
    ["curl", "*/*", "text"],
    [
      "Prometheus 2.42",
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
      "openmetrics",
    ],
    [
      "Prometheus 3",
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
      "openmetrics",
    ],
    ["OpenMetrics without a version", "application/openmetrics-text", "openmetrics"],
    ["a quoted version", 'application/openmetrics-text; version="1.0.0"', "openmetrics"],
    ["a version we do not write", "application/openmetrics-text; version=0.0.1", "text"],
    ["plain text preferred", "application/openmetrics-text;q=0.4,text/plain;q=0.6", "text"],
    ["OpenMetrics refused", "application/openmetrics-text;q=0,*/*", "text"],
    ["a weight that is no number", "application/openmetrics-text;q=high", "text"],
    ["neither", "application/json", "text"],
    ["upper case", "APPLICATION/OpenMetrics-Text; Version=1.0.0", "openmetrics"],
  ])("%s", (_, accept, format) => {
    expect(negotiateFormat(accept)).toBe(format);
  });
});

describe("negotiateEncoding", () => {
  it.each([
    ["no header", undefined, "identity"],
    ["gzip", "gzip", "gzip"],
    ["one of several", "br, deflate;q=0.5, gzip;q=0.1", "gzip"],
    ["refused", "gzip;q=0", "identity"],
    ["refused with decimals", "gzip;q=0.000", "identity"],
    ["anything", "*", "gzip"],
    ["anything but gzip", "gzip;q=0, *;q=1", "identity"],
    ["anything refused", "*;q=0", "identity"],
    ["only others", "br, zstd", "identity"],
  ])("%s", (_, header, encoding) => {
    expect(negotiateEncoding(header)).toBe(encoding);
  });
});
