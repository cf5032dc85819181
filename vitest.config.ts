import { defineConfig } from "vitest/config";

// What the machine of a developer shows is no part of any answer.
process.env["TZ"] = "UTC";

export default defineConfig({
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build-once.ts"],
    pool: "forks",
    maxWorkers: 2,
    // Some tests start a real Prometheus or install the packed tarball; most take milliseconds.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    retry: 0,
    allowOnly: false,
  },
});
