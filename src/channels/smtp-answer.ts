import type { Delivery } from "./channel.ts";

/** Programs that hand over mail say these for what will not work next time either (sysexits.h). */
const REFUSING_EXITS = new Set(["64", "65", "67", "68"]);

/** Login is required or failed. A password that is being replaced must not cost messages. */
const LOGIN_REPLIES = new Set([530, 534, 535, 538]);
/** What is said to these is about the mail itself. */
const MAIL_COMMANDS = new Set(["MAIL FROM", "RCPT TO", "DATA"]);
/** Commands out of order: the session was at fault, not the message. */
const BAD_SEQUENCE = 503;

/**
 * What a failed attempt to send mail amounts to. 4xx may be tried again. 5xx is refused when it is about the mail, and
 * may be tried again when greeting, encryption, login or session were at fault: those get mended. Without a reply the
 * connection failed, and may work next time. Replies quote addresses and
 * content, so only their code is told.
 */
export function judgeMailError(error: unknown): Delivery {
  const { code, responseCode, command, message } = readMailError(error);
  if (responseCode !== null) {
    const detail = `SMTP ${responseCode}${command === null ? "" : ` after ${command}`}${adviseOn(responseCode, command)}`;
    const isAboutMail = command !== null && MAIL_COMMANDS.has(command) && !LOGIN_REPLIES.has(responseCode);
    const isPermanent = responseCode >= 500 && responseCode !== BAD_SEQUENCE && isAboutMail;
    return isPermanent ? { kind: "refused", detail } : retry(detail);
  }
  const exit = /^Sendmail exited with code (\d+)$/.exec(message)?.[1];
  if (exit !== undefined) {
    const detail = `sendmail: exit ${exit}`;
    return REFUSING_EXITS.has(exit) ? { kind: "refused", detail } : retry(detail);
  }
  if (code === "EENVELOPE") return { kind: "refused", detail: "no recipient whose address can be sent to" };
  return retry(`no answer (${describeFailure(code, message)})`);
}

/** What its owner can do about a reply that is not about the mail. */
function adviseOn(responseCode: number, command: string | null): string {
  if (command === "STARTTLS") return "; where the server cannot encrypt, `security` has to say so";
  return LOGIN_REPLIES.has(responseCode) ? "; check `user` and `password`" : "";
}

/** Reply code of a rejected recipient; null when the error tells none. */
export function replyCodeOf(error: unknown): number | null {
  return readMailError(error).responseCode;
}

/** nodemailer keeps the cause of a failed connection in the text alone, next to addresses. */
function describeFailure(code: string | null, message: string): string {
  if (/\bcertificate has expired\b/i.test(message)) return "its certificate has expired";
  if (/\baltnames\b/i.test(message)) return "its certificate is for another name; write the name it is for in `host`";
  if (/\bcertificate\b/i.test(message)) {
    return "its certificate is not trusted; name the authority's in `caFile`, or in NODE_EXTRA_CA_CERTS";
  }
  if (/\bwrong version number\b/i.test(message)) {
    return "it does not encrypt from the start; write `security: starttls`, or the port for TLS";
  }
  if (/\bgreeting never received\b/i.test(message)) {
    return "no greeting; a port that encrypts from the start, such as 465, needs `security: tls`";
  }
  const cause = /\b(?:ECONN[A-Z]+|ENOTFOUND|EAI_AGAIN|E(?:HOST|NET)UNREACH|ETIMEDOUT|EPIPE)\b/.exec(message)?.[0];
  return cause ?? code ?? "connection failed";
}

function readMailError(error: unknown) {
  const read = (name: string): unknown =>
    typeof error === "object" && error !== null ? Reflect.get(error, name) : null;
  const [code, responseCode, command] = [read("code"), read("responseCode"), read("command")];
  return {
    code: typeof code === "string" && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : null,
    responseCode: typeof responseCode === "number" && responseCode >= 200 && responseCode <= 599 ? responseCode : null,
    command: typeof command === "string" && /^[A-Z][A-Z ]{1,20}$/.test(command) ? command : null,
    message: error instanceof Error ? error.message : "",
  };
}

function retry(detail: string): Delivery {
  return { kind: "retry", detail, retryAfterMs: null };
}
