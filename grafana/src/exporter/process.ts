import { lines, rates } from "../graph.ts";
import { ofExporters, select } from "../query.ts";

const NO_RUNTIME = "metrics.runtime is off";

export const PROCESS = [
  lines({
    id: 41,
    title: "Duration of a scrape",
    description: "As Prometheus measures it. A scrape reads no file: it should take milliseconds.",
    width: 8,
    queries: [["{{instance}}", ofExporters(select("scrape_duration_seconds", "exporter"))]],
    unit: "s",
  }),
  lines({
    id: 42,
    title: "Series",
    description:
      "How many series a scrape brings. It grows with agents and their credentials; metrics.maxSeries limits it.",
    width: 8,
    queries: [["{{instance}}", ofExporters(select("scrape_samples_scraped", "exporter"))]],
    unit: "short",
  }),
  rates({
    id: 43,
    title: "Processor",
    description: "Share of one core, as of the last check.",
    width: 8,
    queries: [
      ["{{instance}}", ofExporters(`rate(${select("process_cpu_seconds_total", "exporter")}[$__rate_interval])`)],
    ],
    unit: "percentunit",
    empty: NO_RUNTIME,
  }),
  lines({
    id: 44,
    title: "Memory",
    description: "Of the whole process, as of the last check.",
    width: 8,
    queries: [["{{instance}}", ofExporters(select("process_resident_memory_bytes", "exporter"))]],
    unit: "bytes",
    empty: NO_RUNTIME,
  }),
  lines({
    id: 45,
    title: "Heap",
    description: "What JavaScript objects take, as of the last check. A line that only rises over days is a leak.",
    width: 8,
    queries: [["{{instance}}", ofExporters(select("nodejs_heap_size_used_bytes", "exporter"))]],
    unit: "bytes",
    empty: NO_RUNTIME,
  }),
  lines({
    id: 46,
    title: "Open files",
    description: "Descriptors that are open, as of the last check.",
    width: 8,
    queries: [["{{instance}}", ofExporters(select("process_open_fds", "exporter"))]],
    unit: "short",
    empty: NO_RUNTIME,
  }),
];
