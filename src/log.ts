import type { Logger } from "pino";
import { MaskedText } from "./masked-text.ts";
import { maskEmails, redactSecrets } from "./redact.ts";

export interface LogOptions {
  readonly level: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
  /** `auto` is pretty on a terminal and JSON elsewhere. */
  readonly format: "auto" | "json" | "pretty";
  /** `stderr` where stdout carries the output of a command. */
  readonly to?: "stdout" | "stderr";
}

const FD = { stdout: 1, stderr: 2 } as const;

/** Deeper than anything we log; a cycle ends here too. */
const MAX_DEPTH = 8;

/** Loads pino. Lines are written at once, in this process, so that the last one before a crash is there. */
export async function createLogger({ level, format, to = "stdout" }: LogOptions): Promise<Logger> {
  const { default: pino } = await import("pino");
  const { isTTY } = process[to];
  const isPretty = format === "pretty" || (format === "auto" && isTTY);
  const destination = isPretty ? await createPrettyStream(FD[to], isTTY) : pino.destination({ fd: FD[to], sync: true });
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Already plain and clean when it gets here.
      serializers: { err: (error: unknown) => error },
      hooks: {
        logMethod(given, method) {
          Reflect.apply(method, this, cleanArguments(given));
        },
      },
    },
    destination,
  );
  // No formatter is asked about the bindings of a child, nor of a child's child.
  const createChild: unknown = Reflect.get(log, "child");
  Reflect.set(log, "child", function createCleanChild(this: Logger, bindings: object, options: unknown): unknown {
    const child: unknown = Reflect.apply(createChild as CallableFunction, this, [cleanObject(bindings, 0), options]);
    return child;
  });
  return log;
}

async function createPrettyStream(destination: number, isTTY: boolean) {
  const { default: pretty } = await import("pino-pretty");
  const hasColour = isTTY && (process.env["NO_COLOR"] ?? "") === "";
  return pretty({ destination, sync: true, colorize: hasColour, translateTime: "SYS:HH:MM:ss" });
}

/** What may stand in a log: no secret, no e-mail address, nothing that acts on a terminal. */
export function cleanText(text: string | MaskedText): string {
  const masked = text instanceof MaskedText ? redactSecrets(text.text) : maskEmails(redactSecrets(text));
  return masked.replaceAll(/(?![\n\t])\p{Cc}/gu, "\uFFFD");
}

/** pino's own reading of its arguments: an error or an object first, then the message and what is put into it. */
function cleanArguments([first, ...rest]: readonly unknown[]): unknown[] {
  const cleaned = rest.map((value) => cleanValue(value, 0));
  if (!(first instanceof Error)) return [cleanValue(first, 0), ...cleaned];
  return [{ err: cleanError(first, 0) }, ...(cleaned.length === 0 ? [cleanText(first.message)] : cleaned)];
}

function cleanValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return cleanText(value);
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof MaskedText) return cleanText(value);
  if (depth >= MAX_DEPTH) return "[too deep]";
  if (value instanceof Error) return cleanError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "invalid date" : value.toISOString();
  if (Array.isArray(value)) return value.map((item) => cleanValue(item, depth + 1));
  if (isPlain(value)) return cleanObject(value, depth);
  return cleanText(Object.prototype.toString.call(value));
}

function cleanObject(value: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [cleanText(key), cleanValue(item, depth + 1)]),
  );
}

function cleanError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  return {
    type: name,
    message: cleanText(message),
    ...cleanObject(error, depth),
    ...(error instanceof AggregateError ? { errors: cleanValue(error.errors, depth + 1) } : {}),
    ...(cause === undefined ? {} : { cause: cleanValue(cause, depth + 1) }),
    stack: cleanText(stack ?? ""),
  };
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
