import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { cleanText } from "../src/log.ts";

const SECRET = "sk-ant-CANARY-0123456789";

/** Runs lines against a logger in a process of its own, where it writes to a real pipe. */
function logged(lines: string, options = '{ level: "info", format: "json" }'): { stdout: string; stderr: string } {
  const script = `
    import { createLogger } from ${JSON.stringify(new URL("../src/log.ts", import.meta.url).href)};
    const log = await createLogger(${options});
    const secret = ${JSON.stringify(SECRET)};
    ${lines}
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  return { stdout, stderr };
}

function linesOf(lines: string): readonly Record<string, unknown>[] {
  const { stdout } = logged(lines);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("createLogger", () => {
  it("writes one JSON object per line, with a level in words and the time in ISO 8601, and below the level nothing", () => {
    const [line, ...others] = linesOf('log.info({ agents: 3 }, "checked"); log.debug("quiet");');
    expect(line).toEqual({ level: "info", time: expect.stringMatching(/^\d{4}-.*Z$/), agents: 3, msg: "checked" });
    expect(others).toEqual([]);
  });

  it.each([
    ["the message", "log.info(`got ${secret} of peter@example.com`);"],
    ["what is put into the message", 'log.info("got %s and %o", secret, { key: secret });'],
    ["a value", 'log.info({ a: [{ b: secret }], mail: "peter@example.com" }, "x");'],
    ["a name of a value", 'log.info({ [secret]: 1 }, "x");'],
    ["an error alone", "log.error(new Error(`bad ${secret}`));"],
    ["an error with a message", "log.error(new Error(`bad ${secret}`), `failed with ${secret}`);"],
    [
      "an error by name, its cause and fields",
      'log.error({ err: Object.assign(new Error("a", { cause: new Error(secret) }), { path: secret }) }, "x");',
    ],
    ["errors together", "log.error(new AggregateError([new Error(secret)], secret));"],
    ["a child's bindings", 'log.child({ secret, mail: "peter@example.com" }).info("x");'],
    ["a grandchild's bindings", 'log.child({ a: 1 }).child({ b: { secret } }, { level: "info" }).info("x");'],
    ["a line break before it", "log.info(`\\n${secret}`);"],
    [
      "an object of a class",
      'log.info({ map: new Map([[secret, secret]]), url: new URL("http://x/" + secret) }, "x");',
    ],
  ])("shows no secret and no address in %s", (_, code) => {
    const { stdout, stderr } = logged(code);
    expect(stdout).not.toMatch(/CANARY|peter@/);
    expect(stdout).toMatch(/redacted|p\*\*\*@|\[object/);
    expect(stderr).toBe("");
  });

  it("keeps what helps of an error: type, message, code, cause and stack", () => {
    const [line] = linesOf(`
      const error = Object.assign(new TypeError("outer", { cause: new Error("inner") }), { code: "ENOENT" });
      log.error({ err: error }, "could not read");
    `);
    expect(line).toMatchObject({
      level: "error",
      msg: "could not read",
      err: {
        type: "TypeError",
        message: "outer",
        code: "ENOENT",
        stack: expect.stringContaining("TypeError: outer\n    at "),
        cause: { type: "Error", message: "inner" },
      },
    });
  });

  it("takes the message of an error that comes alone", () => {
    expect(linesOf('log.error(new Error("alone"));')[0]).toMatchObject({ msg: "alone", err: { message: "alone" } });
  });

  it("survives cycles, dates that are none and values JSON does not know", () => {
    const [line] = linesOf(`
      const cycle = {}; cycle.self = cycle;
      log.info({ cycle, at: new Date(NaN), big: 1n, nothing: undefined, none: null }, "odd");
    `);
    expect(line).toMatchObject({ msg: "odd", at: "invalid date", big: "1", none: null });
    expect(JSON.stringify(line)).toContain("[too deep]");
  });

  it("is for people when asked to be, without colour in a pipe, and as clean", () => {
    const { stdout } = logged(
      "log.warn({ secret, agent: `a\\u001b[31mb` }, `got ${secret}`);",
      '{ level: "info", format: "pretty" }',
    );
    expect(stdout).toMatch(/^\[\d\d:\d\d:\d\d\] WARN: got \[redacted\]\n/);
    expect(stdout).not.toContain("CANARY");
    expect(stdout).not.toContain("\u001b");
  });

  it("is JSON in a pipe by default, and goes to stderr when told to", () => {
    const { stdout, stderr } = logged('log.info("here");', '{ level: "info", format: "auto", to: "stderr" }');
    expect(stdout).toBe("");
    expect(JSON.parse(stderr)).toMatchObject({ msg: "here" });
  });
});

describe("cleanText", () => {
  it("keeps line breaks and tabs, and shows other control characters as such", () => {
    expect(cleanText("a\n\tb\u001b[31m\u0007\u009b")).toBe("a\n\tb\uFFFD[31m\uFFFD\uFFFD");
  });
});
