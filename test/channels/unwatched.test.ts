import { afterEach, beforeEach, expect, test } from "vitest";
import type { Notification } from "../../src/alerts/notification.ts";
import { renderDiscord, renderTeams } from "../../src/channels/chat-body.ts";
import { ntfy } from "../../src/channels/ntfy.ts";
import { createChannelTools } from "../../src/channels/tools.ts";
import { type Receiver, startReceiver } from "./http-receiver.ts";
import { context, messageOf, NOW, RESOLVED } from "./sample.ts";

/*
 * What nobody watches any more is not mended: nothing may show it in the colours of that.
 */

const UNWATCHED: Notification = {
  ...RESOLVED,
  items: RESOLVED.items.map((item) => ({ ...item, because: "unwatched", endsAt: NOW })),
};
const MENDED: Notification = {
  ...RESOLVED,
  items: RESOLVED.items.map((item) => ({ ...item, because: "resolved", endsAt: NOW })),
};

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

test.each([
  ["mail", ({ html }: ReturnType<typeof messageOf>) => html, "#2e9e5b"],
  ["discord", (message, { items }) => renderDiscord({ items, message, page: null }), '"color":3706428'],
  ["teams", (message, { items }) => renderTeams({ items, message, page: null }), '"color":"Good"'],
] as const satisfies readonly (readonly [
  string,
  (m: ReturnType<typeof messageOf>, n: Notification) => unknown,
  string,
])[])("%s", (_name, render, good) => {
  expect(JSON.stringify(render(messageOf(MENDED), MENDED))).toContain(good);
  expect(JSON.stringify(render(messageOf(UNWATCHED), UNWATCHED))).not.toContain(good);
});

test("ntfy", async () => {
  const options = ntfy.schema.parse({ url: receiver.url, topic: "CANARY" });
  const channel = await ntfy.create(options, createChannelTools({}, null));
  for (const notification of [MENDED, UNWATCHED]) await channel.send(notification, messageOf(notification), context());
  expect(receiver.received.map(({ body }) => (JSON.parse(body) as { tags: string[] }).tags)).toEqual([
    ["white_check_mark"],
    ["grey_question"],
  ]);
});
