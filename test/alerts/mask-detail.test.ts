import { expect, test } from "vitest";
import { maskDetail } from "../../src/alerts/mask-detail.ts";
import { cleanText } from "../../src/log.ts";
import { buildCondition, buildNotification } from "./sample-alerts.ts";

const about = buildNotification({ id: "1" }, [
  buildCondition(),
  buildCondition({ agent: "ops", installation: "home.example.com" }),
  buildCondition({ agent: "ada@example.com" }),
]);

test.each([
  ["what agents are called by", "not shown: CRITICAL main@openclaw: x", "not shown: CRITICAL main@openclaw: x"],
  [
    "a place like a domain",
    "not shown: CRITICAL ops@home.example.com: x",
    "not shown: CRITICAL ops@home.example.com: x",
  ],
  ["an address in it", "no: CRITICAL a***@example.com@openclaw: x", "no: CRITICAL a***@example.com@openclaw: x"],
  ["an address", "550 <grace@example.com> unknown", "550 <g***@example.com> unknown"],
  ["one that begins before an agent", "550 domain@openclaw: unknown", "550 d***@openclaw: unknown"],
  ["one that ends after an agent", "550 main@openclaw.org unknown", "550 m***@openclaw.org unknown"],
  ["another agent", "not shown: CRITICAL grace@openclaw: x", "not shown: CRITICAL g***@openclaw: x"],
])("of what a channel said: %s", (_name, detail, expected) => {
  expect(cleanText(maskDetail(detail, about))).toBe(expected);
});
