import { compare, hash } from "bcryptjs";
import { describe, expect, test } from "vitest";
import { createBasicAuth, type ComparePassword } from "../../src/web/basic-auth.ts";

const ADA = "$2y$04$CANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANAR";
const BOB = "$2b$05$CANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANAR";
const USERS = new Map([
  ["ada", ADA],
  ["bob", BOB],
]);

/** Takes `CANARY-right` for every hash, and remembers what it was asked. */
function createCounting(): { readonly asked: string[]; readonly compare: ComparePassword } {
  const asked: string[] = [];
  return {
    asked,
    async compare(password, given) {
      asked.push(given);
      return password === "CANARY-right";
    },
  };
}

/** Answers when it is told to. */
function createHeld() {
  const held: ((isRight: boolean) => void)[] = [];
  const compareLate: ComparePassword = () => new Promise((resolve) => held.push(resolve));
  return { held, compare: compareLate };
}

const basic = (credentials: string): string => `Basic ${Buffer.from(credentials).toString("base64")}`;
const RIGHT = basic("ada:CANARY-right");

describe("what a header is worth", () => {
  test.each<[string, string | undefined, string]>([
    ["the right password", RIGHT, "granted"],
    ["the scheme in small letters", RIGHT.replace("Basic", "basic"), "granted"],
    ["a wrong password", basic("ada:CANARY-wrong"), "refused"],
    ["another user's name", basic("eve:CANARY-right"), "refused"],
    ["a name in capitals", basic("ADA:CANARY-right"), "refused"],
    ["nothing", undefined, "refused"],
    ["an empty header", "", "refused"],
    ["another scheme", "Bearer CANARY-right", "refused"],
    ["no colon", basic("ada"), "refused"],
    ["what is not base64", "Basic ada:CANARY-right", "refused"],
    ["two of them", `${RIGHT}, ${RIGHT}`, "refused"],
    ["nobody without a password", basic(":"), "refused"],
  ])("%s", async (_, header, outcome) => {
    expect(await createBasicAuth(USERS, createCounting().compare).check(header, "::1")).toBe(outcome);
  });

  test("a password may hold colons and letters of any script, and is that of a real hash", async () => {
    const password = "CANARY:пароль:ß";
    const auth = createBasicAuth(new Map([["ada", await hash(password, 4)]]), compare);
    expect(await auth.check(basic(`ada:${password}`), "::1")).toBe("granted");
    expect(await auth.check(basic(`ada:${password} `), "::1")).toBe("refused");
  });
});

describe("how often a password is hashed", () => {
  test("once, also for sixteen who come at the same time", async () => {
    const { asked, compare: count } = createCounting();
    const auth = createBasicAuth(USERS, count);
    const outcomes = await Promise.all(Array.from({ length: 16 }, (_, n) => auth.check(RIGHT, `10.0.0.${n}`)));
    expect(new Set(outcomes)).toEqual(new Set(["granted"]));
    await auth.check(RIGHT, "::1");
    expect(asked).toEqual([ADA]);
  });

  test("once for a wrong one too", async () => {
    const { asked, compare: count } = createCounting();
    const auth = createBasicAuth(USERS, count);
    for (let n = 0; n < 3; n += 1) await auth.check(basic("ada:CANARY-wrong"), "::1");
    expect(asked).toHaveLength(1);
  });

  test("no number of wrong ones drives out a right one", async () => {
    const { asked, compare: count } = createCounting();
    const auth = createBasicAuth(USERS, count);
    await auth.check(RIGHT, "::1");
    for (let n = 0; n < 2_000; n += 1) await auth.check(basic(`ada:CANARY-${n}`), "::1");
    asked.length = 0;
    expect(await auth.check(RIGHT, "::1")).toBe("granted");
    expect(asked).toEqual([]);
    await auth.check(basic("ada:CANARY-0"), "::1");
    expect(asked).toHaveLength(1);
  });
});

describe("a guess at nobody", () => {
  test("costs as much as one at somebody, always the same for a name, and cannot succeed", async () => {
    const { asked, compare: count } = createCounting();
    const auth = createBasicAuth(USERS, count);
    for (let n = 0; n < 40; n += 1) await auth.check(basic(`nobody${n}:CANARY-right`), "::1");
    const costs = asked.map((given) => given.slice(0, 7));
    expect(new Set(costs)).toEqual(new Set(["$2y$04$", "$2b$05$"]));
    await auth.check(basic("nobody0:CANARY-other"), "::1");
    expect(asked.at(-1)).toBe(asked[0]);
    expect(await compare("CANARY-right", asked[0]!)).toBe(false);
  });
});

describe("many guesses at once", () => {
  test("are looked at one after the other, a few of each address wait, and what is known passes", async () => {
    const { held, compare: late } = createHeld();
    const auth = createBasicAuth(USERS, late);
    const first = auth.check(RIGHT, "::1");
    await Promise.resolve();
    held.shift()!(true);
    expect(await first).toBe("granted");

    const guesses = Array.from({ length: 6 }, (_, n) => auth.check(basic(`ada:CANARY-${n}`), "10.0.0.1"));
    expect(await Promise.all(guesses.slice(4))).toEqual(["busy", "busy"]);
    expect(held).toHaveLength(1);
    expect(await auth.check(RIGHT, "10.0.0.1")).toBe("granted");
    const other = auth.check(basic("bob:CANARY-right"), "10.0.0.2");
    for (let n = 0; n < 5; n += 1) {
      while (held.length === 0) await Promise.resolve();
      held.shift()!(n === 4);
    }
    expect(await Promise.all(guesses.slice(0, 4))).toEqual(["refused", "refused", "refused", "refused"]);
    expect(await other).toBe("granted");
  });

  test("never more than a few dozen, from wherever they come", async () => {
    const { held, compare: late } = createHeld();
    const auth = createBasicAuth(USERS, late);
    const guesses = Array.from({ length: 70 }, (_, n) => auth.check(basic(`ada:CANARY-${n}`), `10.0.0.${n}`));
    expect(await Promise.all(guesses.slice(64))).toEqual(Array.from({ length: 6 }, () => "busy"));
    for (let n = 0; n < 64; n += 1) {
      while (held.length === 0) await Promise.resolve();
      held.shift()!(false);
    }
    expect(new Set(await Promise.all(guesses.slice(0, 64)))).toEqual(new Set(["refused"]));
  });

  test("one that breaks off does not hold up the next", async () => {
    let isBroken = true;
    const auth = createBasicAuth(USERS, async () => {
      if (isBroken) throw new Error("out of memory");
      return true;
    });
    await expect(auth.check(RIGHT, "::1")).rejects.toThrow("out of memory");
    isBroken = false;
    expect(await auth.check(RIGHT, "::1")).toBe("granted");
  });
});
