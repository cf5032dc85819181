import * as z from "zod";
import { needsOneOf } from "../channels/checks.ts";
import { timeoutValue, secretFileValue, secretUrlValue, secretValue } from "../config-values.ts";
import { HEARTBEAT_STYLES, type HeartbeatConfig } from "./config.ts";
import { givenOf } from "./given.ts";

const heartbeatKeys = z
  .strictObject({
    url: secretUrlValue.meta({
      description: "The address to ping; a secret.",
      examples: ["https://hc.example.com/ping/0000"],
    }),
    urlFile: secretFileValue("url"),
    style: z
      .enum(HEARTBEAT_STYLES)
      .default("healthchecks")
      .meta({
        description: "`healthchecks` adds `/start` and `/fail` to the path, the others say how it went in the query.",
        examples: ["gatus"],
      }),
    token: secretValue("Sent as a bearer token."),
    tokenFile: secretFileValue("token"),
    timeout: timeoutValue("How long an answer may take.", "10s"),
  })
  .superRefine(needsOneOf("url", "urlFile"))
  .superRefine(({ style, token, tokenFile }, context) => {
    if (style !== "gatus" || token !== undefined || tokenFile !== undefined) return;
    const message = "an external endpoint of Gatus needs one: write `token` or `tokenFile`";
    context.addIssue({ code: "custom", path: ["token"], input: null, message });
  });

export const heartbeatSchema = z
  .codec(heartbeatKeys, z.custom<HeartbeatConfig>(), {
    decode: ({ style, timeout, url, urlFile, token, tokenFile }) => ({
      style,
      url: url ?? null,
      urlFile: urlFile ?? null,
      token: token ?? null,
      tokenFile: tokenFile ?? null,
      timeoutMs: timeout,
    }),
    encode: ({ style, timeoutMs, ...secrets }) => ({ style, timeout: timeoutMs, ...givenOf(secrets) }),
  })
  .nullable()
  .default(null)
  .meta({
    title: "section with `url` or `urlFile`",
    description: "A ping at the start and the end of each check, so that somebody else notices when we are dead.",
    default: null,
    examples: [{ url: "https://hc.example.com/ping/0000" }],
  });
