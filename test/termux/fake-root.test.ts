import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFakeRoot, type FakeRoot, hasTermuxParts } from "./fake-root.ts";

describe.runIf(hasTermuxParts())("the fake root", () => {
  let root: FakeRoot;
  beforeEach(() => {
    root = createFakeRoot();
  });
  afterEach(() => root.remove());

  test("runs our program by its own Node.js and nothing of the system", async () => {
    const { code, stdout } = await root.run(["agent-auth", "--version"], {});
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+/)]);
    expect((await root.run(["sh", "-c", "command -v git systemctl bash"])).stdout).toBe("");
  });

  test("keeps what the phone would show", async () => {
    await root.run(["termux-notification", "--id", "a", "-t", "Title", "--content", "text", "--priority", "high"]);
    expect(root.notifications()).toEqual({ a: { id: "a", title: "Title", content: "text", priority: "high" } });
    await root.run(["termux-notification-remove", "a"]);
    expect(root.notifications()).toEqual({});
    expect(root.calls().map(({ name }) => name)).toEqual(["termux-notification", "termux-notification-remove"]);
  });

  test.each([
    [["termux-notification", "--nonsense", "x", "--content", "y"]],
    [["termux-notification", "--content", "x", "--ongoing"]],
    [["termux-notification", "--content", "x", "--priority", "urgent"]],
    [["termux-notification", "--content", "x", "stray"]],
    [["termux-notification-remove"]],
    [["termux-toast", "--text", "x"]],
    [["termux-dialog", "sheet"]],
    [["termux-job-scheduler", "--script", "/nowhere", "--period-ms", "900000"]],
    [["termux-job-scheduler", "--script", "/", "--period-ms", "60000"]],
  ])("refuses %j as the real one does", async (argv) => {
    expect((await root.run(argv)).code).toBe(1);
  });

  test("a dialog gives what was chosen, with commas in it", async () => {
    root.choose(1);
    const { stdout } = await root.run(["termux-dialog", "sheet", "-t", "Title", "-v", "one,two\\, too"]);
    expect(JSON.parse(stdout)).toEqual({ code: 0, text: "two, too", index: 1 });
  });
});
