import * as z from "zod";
import { durationValue, timeoutValue, secretFileValue, secretUrlValue, secretValue } from "../config-values.ts";
import { toAlertmanagerAlert } from "./alertmanager-alert.ts";
import { needsOneOf, needsUser } from "./checks.ts";
import { attemptHttp, authorize } from "./http.ts";
import type { ChannelKind } from "./kind.ts";
import { openSecrets, sendWith } from "./secret.ts";

/*
 * Posts alerts to a Prometheus Alertmanager, which groups, silences and routes them with the others.
 * - Alertmanager forgets an alert that is not sent again, so each is sent every `refreshEvery` and ends three times that
 *   later by itself: when we die, nothing stays firing for ever. `check --notify` does not know when it runs again, so
 *   what it sends lasts for days.
 * - A resolved alert ends at the moment that was observed.
 * - When the severity changes, the alert with the old one ends at once; it would linger otherwise.
 */

const REFRESHES_UNTIL_END = 3;
/** Three times the slowest timer that is usual. */
const ONE_RUN_ENDS_AFTER_MS = 3 * 86_400_000;

const schema = z
  .strictObject({
    url: secretUrlValue.meta({
      description: "Where Alertmanager is, without `/api/v2/alerts`.",
      examples: ["http://127.0.0.1:9093"],
    }),
    urlFile: secretFileValue("url"),
    user: z.string().min(1).optional().meta({ title: "text", description: "For basic authentication." }),
    password: secretValue("For basic authentication."),
    passwordFile: secretFileValue("password"),
    token: secretValue("Sent as a bearer token."),
    tokenFile: secretFileValue("token"),
    refreshEvery: durationValue(1_000)
      .prefault("2m")
      .meta({
        title: "duration",
        description: "How often a firing alert is sent again; `check --notify` does so with every run that is due.",
        examples: ["1m"],
      }),
    endsAfter: durationValue(1_000)
      .optional()
      .meta({
        title: "duration",
        description:
          "How long after it was sent last a firing alert ends by itself. Left out: three times `refreshEvery` with " +
          "`serve`, `3d` with `check --notify`; there, name at least twice the period of your timer.",
        examples: ["1h"],
      }),
    timeout: timeoutValue("How long an answer may take.", "10s"),
  })
  .superRefine(needsOneOf("url", "urlFile"))
  .superRefine(needsUser);

export const alertmanager: ChannelKind<z.output<typeof schema>> = {
  type: "alertmanager",
  title: "Alertmanager",
  schema,
  example: `name: alertmanager
type: alertmanager
url: http://127.0.0.1:9093
minSeverity: info
`,
  refreshEveryMs: ({ refreshEvery }) => refreshEvery,
  async create(options, tools) {
    const secrets = openSecrets(options, tools.env);
    const { refreshEvery, endsAfter = tools.isOneRun ? ONE_RUN_ENDS_AFTER_MS : REFRESHES_UNTIL_END * refreshEvery } =
      options;
    return {
      async send(notification, message, context) {
        const endsLater = new Date(context.now.getTime() + endsAfter);
        const alerts = notification.items.flatMap((item, index) => {
          const { labels, annotations } = toAlertmanagerAlert(item, message.sections[index]);
          const alert = {
            labels,
            annotations,
            startsAt: item.startsAt.toISOString(),
            endsAt: (item.endsAt ?? endsLater).toISOString(),
            ...(tools.externalUrl === null ? {} : { generatorURL: tools.externalUrl }),
          };
          if (item.severityBefore === undefined) return [alert];
          const replaced = { ...labels, severity: item.severityBefore };
          return [{ ...alert, labels: replaced, endsAt: context.now.toISOString() }, alert];
        });
        return sendWith(secrets, () =>
          attemptHttp(
            tools,
            {
              url: toApi(secrets.get("url") ?? ""),
              headers: {
                "content-type": "application/json",
                "idempotency-key": notification.id,
                ...authorize(secrets, options.user),
              },
              body: JSON.stringify(alerts),
              timeoutMs: options.timeout,
            },
            context,
          ),
        );
      },
      close: async () => undefined,
    };
  },
};

function toApi(url: string): string {
  return `${url.replace(/\/+$/, "")}/api/v2/alerts`;
}
