import { describe, expect, it } from "vitest";
import { formatListenAddress, isLoopback, parseListenAddress } from "../src/listen-address.ts";

describe("parseListenAddress", () => {
  it.each([
    ["IPv4", "127.0.0.1:10884", { host: "127.0.0.1", port: 10884 }],
    ["IPv6", "[::1]:10884", { host: "::1", port: 10884 }],
    ["every interface", ":10884", { host: undefined, port: 10884 }],
    ["a name, and a port of the system's choice", "localhost:0", { host: "localhost", port: 0 }],
    ["surrounding space", " 0.0.0.0:9 ", { host: "0.0.0.0", port: 9 }],
    ["no port", "127.0.0.1", null],
    ["a port alone", "10884", null],
    ["IPv6 without brackets", "::1:10884", null],
    ["a port beyond 65535", ":65536", null],
    ["a URL", "http://127.0.0.1:10884", null],
    ["a port that is no number", "localhost:http", null],
    ["nothing", "", null],
  ])("%s", (_, text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
  });
});

describe("formatListenAddress", () => {
  it.each(["127.0.0.1:10884", "[::1]:10884", ":10884"])("writes %s back", (text) => {
    expect(formatListenAddress(parseListenAddress(text)!)).toBe(text);
  });
});

describe("isLoopback", () => {
  it.each([
    ["127.0.0.1:1", true],
    ["127.8.9.1:1", true],
    ["[::1]:1", true],
    ["localhost:1", true],
    ["[::ffff:127.0.0.1]:1", true],
    ["[::ffff:10.0.0.1]:1", false],
    [":1", false],
    ["0.0.0.0:1", false],
    ["[::]:1", false],
    ["127.example.com:1", false],
  ])("%s", (text, expected) => {
    expect(isLoopback(parseListenAddress(text)!)).toBe(expected);
  });
});
