import { describe, expect, test } from "vitest";
import { createHostCheck } from "../../src/web/allowed-host.ts";

const isAllowed = createHostCheck({ ownName: "Sensor.lan", listed: ["Metrics.Example.org"] });

describe("names under which a request may ask", () => {
  test.each([
    ["localhost", "localhost", true],
    ["localhost with a port", "localhost:10884", true],
    ["a name below localhost", "agents.localhost:80", true],
    ["an IPv4 address", "127.0.0.1:10884", true],
    ["an address of the network", "192.168.1.5", true],
    ["an IPv6 address", "[::1]:10884", true],
    ["this host's name", "sensor.lan:10884", true],
    ["its short form", "SENSOR:10884", true],
    ["a name from the config", "metrics.example.org", true],
    ["with the dot of the root", "localhost.:10884", true],
    ["no name, as HTTP/1.0 allows", undefined, true],
    ["a foreign name", "evil.example:10884", false],
    ["one that begins like an address", "127.0.0.1.evil.example", false],
    ["one that ends like ours", "notlocalhost", false],
    ["nothing", "", false],
    ["brackets around a name", "[localhost]", false],
  ])("%s", (_, host, expected) => {
    expect(isAllowed(host)).toBe(expected);
  });
});
