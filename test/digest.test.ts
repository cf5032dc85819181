import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { on } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDigest, findDigestKeyFault } from "../src/digest.ts";

const SECRET = "sk-CANARY-storage-0001";
const MODULE = new URL("../src/digest.ts", import.meta.url).href;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "digest-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe("createDigest", () => {
  test("touches nothing before the first secret", () => {
    createDigest(join(directory, "state"));
    expect(readdirSync(directory)).toEqual([]);
  });

  test("is the same for the same secret, also in the next process, and tells nothing of it", () => {
    const storage = join(directory, "state");
    const first = createDigest(storage)(SECRET);
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(createDigest(storage)(SECRET)).toBe(first);
    expect(createDigest(storage)(`${SECRET}x`)).not.toBe(first);
    expect(createDigest(join(directory, "another"))(SECRET)).not.toBe(first);
    expect(readdirSync(storage)).toEqual(["digest.key"]);
    expect(modeOf(storage)).toBe(0o700);
    expect(modeOf(join(storage, "digest.key"))).toBe(0o600);
    expect(statSync(join(storage, "digest.key")).size).toBe(32);
  });

  test.each([
    ["nothing", ""],
    ["one block", SECRET],
    ["many blocks, as a JWT has", "CANARY.".repeat(400)],
    ["what is no ASCII", "CANARY-žluťoučký-🦞"],
    ["half of a character", "CANARY-\ud83e"],
  ])("is the HMAC-SHA256 that OpenSSL computes: %s", (_, secret) => {
    const digest = createDigest(directory)(secret);
    const key = readFileSync(join(directory, "digest.key"));
    expect(digest).toBe(createHmac("sha256", key).update(secret).digest("hex").slice(0, 16));
  });

  test("processes that start at once agree on one key, every time", async () => {
    const storages = Array.from({ length: 50 }, (_, index) => join(directory, `state-${index}`));
    const script = `
      const { createDigest } = await import(${JSON.stringify(MODULE)});
      process.stdin.once("data", () => {
        console.log(${JSON.stringify(storages)}.map((storage) => createDigest(storage)("CANARY")).join());
        process.exit();
      });
      console.log("ready");`;
    const children = Array.from({ length: 4 }, () => spawn(process.execPath, ["--input-type=module", "-e", script]));
    const lines = children.map((child) => on(child.stdout.setEncoding("utf8"), "data", { close: ["end"] }));
    await Promise.all(lines.map(async (chunks) => chunks.next()));
    for (const child of children) child.stdin.write("go");
    const answers = await Promise.all(lines.map(textOf));
    const agreed = storages.map((storage) => createDigest(storage)("CANARY")).join();
    expect(answers).toEqual([agreed, agreed, agreed, agreed]);
  });

  test("a key cut short by a crash is replaced", () => {
    writeFileSync(join(directory, "digest.key"), "cut");
    const first = createDigest(directory)(SECRET);
    expect(createDigest(directory)(SECRET)).toBe(first);
    expect(statSync(join(directory, "digest.key")).size).toBe(32);
    expect(readdirSync(directory)).toEqual(["digest.key"]);
  });

  test.each<[string, (path: string) => void, string]>([
    ["none yet", () => undefined, "no fault"],
    ["a good one", () => createDigest(directory)(SECRET), "no fault"],
    ["one that is cut short", (path) => writeFileSync(path, "short"), "is not the 32 bytes that we write"],
    ["a directory in its place", (path) => mkdirSync(path), "is not the 32 bytes that we write"],
    ["a loop in its place", (path) => symlinkSync(path, path), "is a symbolic link that leads back to itself"],
  ])("what doctor says of the key: %s", (_, arrange, fault) => {
    arrange(join(directory, "digest.key"));
    expect(findDigestKeyFault(directory) ?? "no fault").toContain(fault);
  });

  test("where nothing can be written, a key serves this process alone", () => {
    writeFileSync(join(directory, "file"), "");
    const digest = createDigest(join(directory, "file", "state"));
    expect(digest(SECRET)).toMatch(/^[0-9a-f]{16}$/);
    expect(digest(SECRET)).toBe(digest(SECRET));
    expect(createDigest(join(directory, "file", "state"))(SECRET)).not.toBe(digest(SECRET));
  });
});

async function textOf(chunks: AsyncIterable<unknown[]>): Promise<string> {
  let text = "";
  for await (const [chunk] of chunks) text += String(chunk);
  return text.trim();
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}
