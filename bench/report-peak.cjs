// Preloaded into a measured process: appends its peak resident memory in KiB to a file when it ends.
process.on("exit", () => {
  require("node:fs").appendFileSync(process.env.BENCH_PEAK_FILE, `${process.resourceUsage().maxRSS}\n`);
});
