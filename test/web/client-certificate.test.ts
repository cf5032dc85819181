import { expect, test } from "vitest";
import { listNames } from "../../src/web/client-certificate.ts";

test.each<[string, string, readonly string[]]>([
  ["nothing", "", []],
  [
    "each kind",
    "DNS:a.example, IP Address:10.0.0.1, email:a@example.com, URI:spiffe://a/b",
    ["a.example", "10.0.0.1", "a@example.com", "spiffe://a/b"],
  ],
  ["an address in its long form", "IP Address:0:0:0:0:0:0:0:1", ["::1"]],
  ["a name that tries to be two", 'DNS:"evil.example, DNS:good.example"', ["evil.example, DNS:good.example"]],
  ["a name with a quote in it", 'DNS:"a\\"b", DNS:c', ['a"b', "c"]],
  ["kinds that nobody asks for", "othername: UPN:a@b, DirName:CN=x, DNS:a.example", ["a.example"]],
  ["a quote that does not end", 'DNS:"a, DNS:good.example', []],
])("%s", (_, text, names) => {
  expect(listNames(text)).toEqual(names);
});
