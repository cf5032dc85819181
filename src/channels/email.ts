import { isIPv6 } from "node:net";
import type { SMTPTransportOptions } from "nodemailer/lib/smtp-transport";
import * as z from "zod";
import { timeoutValue, pathValue, secretFileValue, secretValue } from "../config-values.ts";
import { readTextFile } from "../files.ts";
import type { Channel, ChannelTools, Delivery, SendContext } from "./channel.ts";
import { needsOneOf, needsUser } from "./checks.ts";
import type { ChannelKind } from "./kind.ts";
import { maskEmails } from "../redact.ts";
import { composeMail, type Mail } from "./mail.ts";
import { minimalEnvironment, runProgram } from "./program.ts";
import { expandHome, openSecrets, type Secrets, sendWith, unreadable } from "./secret.ts";
import { judgeMailError, replyCodeOf } from "./smtp-answer.ts";

/*
 * E-mail over SMTP, or handed to the sendmail of this host.
 * - Encryption is required unless the config says otherwise.
 * - nodemailer's own time limits count silence only, so each attempt has a deadline over all.
 * - Some recipients may be taken and others put off: only those left are tried again, and one that is refused for good
 *   does not hold up the others.
 */

const SECURITY = ["starttls", "tls", "opportunistic", "none"] as const;
const PORT = { starttls: 587, tls: 465, opportunistic: 587, none: 25 } as const;
const MAX_REMEMBERED = 1_000;

const ADDRESS = /^[^\r\n]*[^\s@<>,;]+@[^\s@<>,;]+>?$/;
const address = z
  .string()
  .regex(ADDRESS)
  .meta({ title: "e-mail address", examples: ["Agents <agents@example.com>"] });

const schema = z
  .strictObject({
    from: address.meta({ description: "Sender.", examples: ["Agents <agents@example.com>"] }),
    to: z
      .array(address)
      .min(1)
      .meta({ title: "list of e-mail addresses", description: "Recipients.", examples: [["ada@example.com"]] }),
    replyTo: address.optional().meta({ description: "Where answers go.", examples: ["ops@example.com"] }),
    host: z
      .string()
      .refine((host) => /^[^\s/:@]+$/.test(host) || isIPv6(host), {
        error: "write the name alone, and the port in `port`",
      })
      .optional()
      .meta({
        title: "host name",
        description: "The mail server; or name `sendmail`.",
        examples: ["mail.example.com"],
      }),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .meta({
        title: "port",
        description: "587; with `security: tls` 465, with `none` 25.",
        examples: [2525],
      }),
    security: z
      .enum(SECURITY)
      .default("starttls")
      .meta({
        description:
          "`starttls` insists on it, `tls` encrypts from the start, `opportunistic` encrypts when offered, `none` never does.",
        examples: ["tls"],
      }),
    caFile: pathValue.optional().meta({
      title: "absolute path, or one that begins with ~/",
      description: "Certificates of a private authority, in PEM form.",
      examples: ["/etc/ssl/mail-ca.pem"],
    }),
    user: z.string().min(1).optional().meta({ title: "text", description: "Name to log in with." }),
    password: secretValue("Password to log in with."),
    passwordFile: secretFileValue("password"),
    sendmail: pathValue.optional().meta({
      title: "absolute path, or one that begins with ~/",
      description: "A sendmail program to hand the mail to, instead of a server.",
      examples: ["/usr/sbin/sendmail"],
    }),
    timeout: timeoutValue("How long a whole attempt may take.", "25s"),
  })
  .superRefine(needsOneOf("host", "sendmail"))
  .superRefine(needsUser);

type EmailOptions = z.output<typeof schema>;

export const email: ChannelKind<EmailOptions> = {
  type: "email",
  title: "E-mail",
  schema,
  example: `name: mail
type: email
host: mail.example.com
user: agents@example.com
passwordFile: /run/credentials/agent-auth-exporter.service/smtp-password
from: Agents <agents@example.com>
to: [ada@example.com]
`,
  program: ({ sendmail }) => sendmail ?? null,
  async create(options, tools) {
    const { sendmail } = options;
    return sendmail === undefined ? openServer(options, tools) : openSendmail(options, sendmail, tools);
  },
};

function openServer(options: EmailOptions, { env, userAgent }: ChannelTools): Channel {
  const secrets = openSecrets(options, env);
  /** Who has a message already, by its id, while others are still to get it. */
  const reached = new Map<string, ReadonlySet<string>>();

  async function attempt(mail: Mail, id: string, context: SendContext): Promise<Delivery> {
    const done = reached.get(id) ?? new Set<string>();
    const to = options.to.filter((recipient) => !done.has(recipient));
    const { createTransport } = await import("nodemailer");
    const deadline = AbortSignal.timeout(options.timeout);
    const transport = createTransport(toTransport(options, secrets, env));
    try {
      const signal = AbortSignal.any([context.signal, deadline]);
      const { response, rejected, rejectedErrors } = await transport.sendMail({ ...mail, to, signal });
      const code = /^\d{3}(?: \d\.\d+\.\d+)?/.exec(response)?.[0] ?? "accepted";
      if (rejected.length === 0) return finish(id, `SMTP ${code}`, false);
      const isPutOff = (error: unknown): boolean => (replyCodeOf(error) ?? 0) < 500;
      const putOff = (rejectedErrors ?? []).filter(isPutOff).length;
      const detail = `SMTP ${code}, but ${rejected.length} of ${to.length} recipients not accepted (${rejected.map((one) => maskEmails(bareAddress(one))).join(", ")})`;
      if (putOff === 0) return finish(id, detail, true);
      const left = new Set(rejected.map(bareAddress));
      const have = to.filter((recipient) => !left.has(bareAddress(recipient)));
      // Whoever cannot be told apart gets it twice rather than never.
      const isCertain = to.length - have.length >= left.size;
      remember(id, isCertain ? [...done, ...have] : [...done]);
      return { kind: "retry", detail, retryAfterMs: null };
    } catch (error) {
      if (context.signal.aborted) return { kind: "retry", detail: "stopped before the answer", retryAfterMs: null };
      if (deadline.aborted) {
        return { kind: "retry", detail: `not finished within ${options.timeout / 1_000} s`, retryAfterMs: null };
      }
      const judged = judgeMailError(error);
      // Those that are left were refused, the others have it.
      return judged.kind === "refused" && done.size > 0 ? finish(id, `${judged.detail}, others have it`, true) : judged;
    } finally {
      transport.close();
    }
  }

  function finish(id: string, detail: string, isPartial: boolean): Delivery {
    reached.delete(id);
    return { kind: "delivered", detail, ...(isPartial ? { isPartial } : {}) };
  }

  function remember(id: string, recipients: readonly string[]): void {
    const [oldest] = reached.keys();
    if (reached.size >= MAX_REMEMBERED && oldest !== undefined) reached.delete(oldest);
    reached.set(id, new Set(recipients));
  }

  return {
    async send(notification, message, context) {
      const mail = composeMail(notification, message, { ...options, userAgent });
      return sendWith(secrets, () => attempt(mail, notification.id, context));
    },
    close: async () => undefined,
  };
}

function toTransport(options: EmailOptions, secrets: Secrets, env: ChannelTools["env"]): SMTPTransportOptions {
  const { host, security, user, caFile, timeout } = options;
  return {
    host,
    port: options.port ?? PORT[security],
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    connectionTimeout: timeout,
    // Before the deadline over all, so that one can say what was waited for.
    greetingTimeout: (timeout * 4) / 5,
    socketTimeout: timeout,
    dnsTimeout: timeout,
    tls: caFile === undefined ? {} : { ca: readCertificates(expandHome(caFile, env)) },
    ...(user === undefined ? {} : { auth: { user, pass: secrets.get("password") ?? "" } }),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function readCertificates(path: string): string {
  const reading = readTextFile(path);
  if (reading.kind === "text") return reading.text;
  throw unreadable("caFile", path, reading.problem.reason);
}

function openSendmail(options: EmailOptions, program: string, { env, userAgent }: ChannelTools): Channel {
  return {
    async send(notification, message, { signal }) {
      const { createTransport } = await import("nodemailer");
      const composer = createTransport({ streamTransport: true, buffer: true, newline: "unix" });
      const mail = composeMail(notification, message, { ...options, userAgent });
      const { message: text, envelope } = await composer.sendMail({ ...mail, to: [...options.to] });
      const end = await runProgram({
        // -i: a line with a single dot does not end the mail.
        argv: [expandHome(program, env), "-i", "-f", String(envelope.from), "--", ...envelope.to],
        stdin: Buffer.isBuffer(text) ? text : "",
        env: minimalEnvironment(env, []),
        timeoutMs: options.timeout,
        signal,
      });
      if (end.kind === "exited" && end.code === 0) return { kind: "delivered", detail: "sendmail: exit 0" };
      if (end.kind === "exited") return judgeMailError(new Error(`Sendmail exited with code ${end.code}`));
      const detail = end.kind === "failed" ? `sendmail cannot be started (${end.code})` : `sendmail: ${end.kind}`;
      return { kind: "retry", detail, retryAfterMs: null };
    },
    close: async () => undefined,
  };
}

/** The address alone, its domain in ASCII: it may be written either way. */
function bareAddress(recipient: string): string {
  const bare = (/<([^<>]+)>$/.exec(recipient)?.[1] ?? recipient).trim().toLowerCase();
  const at = bare.lastIndexOf("@") + 1;
  const { domainToASCII } = process.getBuiltinModule("node:url");
  return bare.slice(0, at) + (domainToASCII(bare.slice(at)) || bare.slice(at));
}
