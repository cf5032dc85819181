import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

/*
 * Stands in for the commands of Termux:API and Termux:Tools, which need Android. It takes what they take (the scripts of
 * termux-api-package 0.59 and termux-tools 1.45) and fails where they fail, so an option that does not exist is found out.
 * - Every call is one line of `calls.jsonl` in `$PREFIX/var/termux-shim/`.
 * - What the phone would show is kept beside it: `notifications.json`, `jobs.json`, `clipboard.txt`.
 * - `hang` in that directory: the Termux:API app is missing, and whatever needs it never answers.
 * - `dialog.json` in that directory: what the person chooses next, an index; without it the dialog is dismissed.
 */

type Options = NonNullable<Parameters<typeof parseArgs>[0]>["options"];

interface Call {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

interface Shim {
  readonly options: Options;
  readonly hasText?: boolean;
  /** Reads standard input when there is no text among the arguments. */
  readonly readsStdin?: (call: Call) => boolean;
  readonly needsApp: boolean;
  readonly run: (call: Call, stdin: string) => string | undefined;
}

const STATE = join(process.env["PREFIX"] ?? "/nowhere", "var", "termux-shim");
const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const PRIORITIES = ["high", "low", "max", "min", "default"];

const SHIMS: Readonly<Record<string, Shim>> = {
  "termux-notification": {
    options: {
      ...names("action", "content", "group", "id", "icon", "image-path", "led-color", "led-off", "led-on", "on-delete"),
      ...names("button1", "button1-action", "button2", "button2-action", "button3", "button3-action"),
      ...names("media-next", "media-pause", "media-play", "media-previous", "priority", "title", "type", "vibrate"),
      "alert-once": flag,
      ongoing: flag,
      sound: flag,
    },
    needsApp: true,
    // It waits three seconds for a content that nobody gives.
    readsStdin: ({ values }) => values["content"] === undefined,
    run({ values }, stdin) {
      const { id, priority } = values;
      if (values["ongoing"] === true && id === undefined)
        fail("Ongoing notifications without an ID are not removable.");
      if (priority !== undefined && !PRIORITIES.includes(String(priority)))
        fail(`unknown priority ${String(priority)}`);
      const key = typeof id === "string" ? id : `unnamed-${process.pid}`;
      update("notifications", (shown) => ({ ...shown, [key]: { content: stdin, ...values } }));
      return undefined;
    },
  },
  "termux-notification-remove": {
    options: {},
    hasText: true,
    needsApp: true,
    run({ positionals }) {
      if (positionals.length !== 1) fail("no notification id specified");
      update("notifications", ({ [positionals[0] ?? ""]: _removed, ...rest }) => rest);
      return undefined;
    },
  },
  "termux-toast": {
    options: { ...shortNames(text, "b", "c", "g"), ...shortNames(flag, "s") },
    hasText: true,
    needsApp: true,
    readsStdin: ({ positionals }) => positionals.length === 0,
    run: () => undefined,
  },
  "termux-clipboard-set": {
    options: {},
    hasText: true,
    needsApp: true,
    readsStdin: ({ positionals }) => positionals.length === 0,
    run({ positionals }, stdin) {
      writeFileSync(join(STATE, "clipboard.txt"), positionals.length === 0 ? stdin : echo(positionals.join(" ")));
      return undefined;
    },
  },
  "termux-dialog": {
    options: { ...shortNames(text, "i", "t", "v", "d", "r"), ...shortNames(flag, "m", "n", "p") },
    hasText: true,
    needsApp: true,
    run({ values, positionals }) {
      const [widget = "text"] = positionals;
      if (!["confirm", "radio", "sheet", "spinner", "text"].includes(widget)) fail(`Illegal argument ${widget}`);
      const isList = ["radio", "sheet", "spinner"].includes(widget);
      if (isList && values["v"] === undefined) fail(`'${widget}' must be called with -v`);
      // A comma is part of a value behind a backslash.
      const options = String(values["v"] ?? "")
        .split(/(?<!\\),/)
        .map((value) => value.trim().replaceAll("\\,", ","));
      const path = join(STATE, "dialog.json");
      if (!existsSync(path)) return '{\n  "code": -2,\n  "text": ""\n}\n';
      const index = JSON.parse(readFileSync(path, "utf8")) as number;
      rmSync(path);
      return `${JSON.stringify({ code: isList ? 0 : -1, text: options[index] ?? "", index }, null, 2)}\n`;
    },
  },
  "termux-job-scheduler": {
    options: {
      ...names("job-id", "period-ms", "network", "battery-not-low", "storage-not-low", "charging", "persisted"),
      ...names("trigger-content-flag", "trigger-content-uri"),
      script: { ...text, short: "s" },
      pending: { ...flag, short: "p" },
      cancel: flag,
      "cancel-all": flag,
    },
    needsApp: true,
    run({ values }) {
      const id = String(values["job-id"] ?? "0");
      const jobs = read("jobs");
      if (values["pending"] === true)
        return `${Object.keys(jobs)
          .map((one) => `Pending Job ${one}`)
          .join("\n")}\n`;
      if (values["cancel"] === true) {
        update("jobs", ({ [id]: _cancelled, ...rest }) => rest);
        return undefined;
      }
      const { script } = values;
      if (typeof script !== "string" || !existsSync(script)) fail(`No such file: ${String(script)}`);
      const period = Number(values["period-ms"] ?? 0);
      if (period !== 0 && period < 900_000) fail("the minimum period is 900,000ms (15 minutes)");
      if (!["any", "unmetered", "cellular", "not_roaming", "none"].includes(String(values["network"] ?? "any")))
        fail("unknown network");
      update("jobs", (scheduled) => ({ ...scheduled, [id]: values }));
      return `Scheduling Job ${id} to run ${script} - response 1\n`;
    },
  },
  "termux-open-url": {
    options: {},
    hasText: true,
    needsApp: false,
    run: ({ positionals }) => (positionals.length === 1 ? undefined : fail("usage: termux-open-url <url>")),
  },
  "termux-wake-lock": { options: {}, needsApp: false, run: () => undefined },
  "termux-wake-unlock": { options: {}, needsApp: false, run: () => undefined },
};

const SPELLED: Readonly<Record<string, string>> = { "-c": "--content", "-i": "--id", "-t": "--title" };

export const SHIM_NAMES: readonly string[] = Object.keys(SHIMS);

/** Runs as the command of that name. */
export function runShim(name: string, args: readonly string[]): void {
  const shim = SHIMS[name];
  if (shim === undefined) throw new Error(`no shim for ${name}`);
  const call = parse(name, shim, args);
  mkdirSync(STATE, { recursive: true });
  const stdin = shim.readsStdin?.(call) === true ? readFileSync(0, "utf8") : "";
  appendFileSync(join(STATE, "calls.jsonl"), `${JSON.stringify({ name, args, stdin, env: process.env })}\n`);
  if (shim.needsApp && existsSync(join(STATE, "hang"))) {
    // As the real one, which waits for an answer on a socket.
    setInterval(() => undefined, 60_000);
    return;
  }
  process.stdout.write(shim.run(call, stdin) ?? "");
}

function parse(name: string, { options, hasText = false }: Shim, args: readonly string[]): Call {
  try {
    const spelled = name === "termux-notification" ? args.map((arg) => SPELLED[arg] ?? arg) : args;
    const { values, positionals } = parseArgs({ args: [...spelled], options, allowPositionals: hasText, strict: true });
    return { values, positionals };
  } catch (error) {
    return fail(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** `termux-clipboard-set` hands its arguments to the `echo` of dash, which takes backslashes for its own. */
function echo(given: string): string {
  const [said = ""] = given.split(/(?<!\\)(?:\\\\)*\\c/);
  const escapes: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };
  return said.replace(/\\([abfnrtv\\])/g, (_, letter: string) => escapes[letter] ?? "\\");
}

function names(...given: readonly string[]): Record<string, typeof text> {
  return Object.fromEntries(given.map((name) => [name, text]));
}

function shortNames(kind: typeof text | typeof flag, ...given: readonly string[]): NonNullable<Options> {
  return Object.fromEntries(given.map((name) => [name, { ...kind, short: name }]));
}

function fail(message: string): never {
  process.stdout.write(`${message}\n`);
  // oxlint-disable-next-line no-process-exit -- it stands for a shell script's `exit 1`
  process.exit(1);
}

type State = Readonly<Record<string, unknown>>;

function read(name: string): State {
  const path = join(STATE, `${name}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as State) : {};
}

function update(name: string, change: (before: State) => State): void {
  const path = join(STATE, `${name}.json`);
  const next = `${path}.${process.pid}`;
  writeFileSync(next, JSON.stringify(change(read(name))));
  renameSync(next, path);
}
