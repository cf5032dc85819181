import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTemporaryHome } from "../run-cli.ts";
import { type Serving, startServe } from "../run-serve.ts";

let home: ReturnType<typeof createTemporaryHome>;
let serving: Serving;

beforeEach(async () => {
  home = createTemporaryHome();
  serving = await startServe(["--demo-if-empty"], { home: home.path, env: { TMPDIR: home.path } });
});

afterEach(async () => {
  serving.signal("SIGKILL");
  await serving.ended;
  home.remove();
});

describe("what serve keeps to itself", () => {
  test("SIGUSR1 opens no debugger, through which others could read its memory", async () => {
    serving.signal("SIGUSR1");
    expect((await fetch(`${serving.url}/healthz`)).status).toBe(200);
    serving.signal("SIGTERM");
    expect(await serving.ended).toBe(0);
    expect(serving.stderr()).not.toContain("Debugger");
  });
});
