import { attemptHttp } from "./channels/http.ts";

/** Words of the services that listen; each wants to hear it in its own way. */
export type HeartbeatStyle = "healthchecks" | "uptime-kuma" | "gatus";

export interface HeartbeatOptions {
  readonly style: HeartbeatStyle;
  /** Asked for each ping, because the file behind it may have changed. May throw. */
  readonly secret: (name: "url" | "token") => string | null;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
  readonly userAgent: string;
  /** With a few words that hold no address. */
  readonly onFailure: (detail: string) => void;
}

/** Tells somebody else that we are alive, so that they notice when we are not. Never throws, never waits. */
export interface Heartbeat {
  /** A check begins. */
  start(): void;
  /** It ended; false when it broke off. */
  end(isSuccess: boolean, durationMs: number): void;
  /** Resolves when everything is sent or has failed. */
  settle(): Promise<void>;
}

type Beat =
  | { readonly kind: "start" }
  | { readonly kind: "end"; readonly isSuccess: boolean; readonly durationMs: number };

/** One ping at a time, in order; of checks that follow each other faster than the pings only the latest counts. */
export function createHeartbeat(options: HeartbeatOptions): Heartbeat {
  let waiting: Beat[] = [];
  let sending: Promise<void> | null = null;

  const send = async (): Promise<void> => {
    for (let beat = waiting.shift(); beat !== undefined; beat = waiting.shift()) {
      const detail = await ping(beat, options);
      if (detail !== null) options.onFailure(detail);
    }
    sending = null;
  };
  return {
    start() {
      waiting = [{ kind: "start" }];
      sending ??= send();
    },
    end(isSuccess, durationMs) {
      waiting = [...waiting.filter(({ kind }) => kind === "start"), { kind: "end", isSuccess, durationMs }];
      sending ??= send();
    },
    settle: async () => sending ?? undefined,
  };
}

/** What went wrong, null when nothing did. */
async function ping(beat: Beat, options: HeartbeatOptions): Promise<string | null> {
  try {
    const written = options.secret("url");
    if (written === null) return "no address";
    const request = requestFor(beat, new URL(written), options.style);
    if (request === null) return null;
    const token = options.secret("token");
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const attempt = { ...request, url: request.url.href, headers, body: null, timeoutMs: options.timeoutMs };
    // The attempt ends by itself, and nobody stops it before.
    const context = { now: new Date(), signal: new AbortController().signal };
    const { kind, detail } = await attemptHttp(options, attempt, context);
    return kind === "delivered" ? null : detail;
  } catch (error) {
    return describe(error);
  }
}

interface Request {
  readonly method: "GET" | "POST";
  readonly url: URL;
}

function requestFor(beat: Beat, url: URL, style: HeartbeatStyle): Request | null {
  switch (style) {
    case "healthchecks":
      // https://healthchecks.io/docs/http_api/
      if (beat.kind === "start") return { method: "POST", url: below(url, "start") };
      return { method: "POST", url: beat.isSuccess ? url : below(url, "fail") };
    case "uptime-kuma":
      // A push monitor: the address that its page shows, with what to say in the query.
      if (beat.kind === "start") return null;
      url.searchParams.set("status", beat.isSuccess ? "up" : "down");
      url.searchParams.set("msg", beat.isSuccess ? "OK" : "the check broke off");
      url.searchParams.set("ping", String(Math.round(beat.durationMs)));
      return { method: "GET", url };
    case "gatus":
      // An external endpoint: POST /api/v1/endpoints/{key}/external
      if (beat.kind === "start") return null;
      url.searchParams.set("success", String(beat.isSuccess));
      if (!beat.isSuccess) url.searchParams.set("error", "the check broke off");
      url.searchParams.set("duration", `${Math.round(beat.durationMs)}ms`);
      return { method: "POST", url };
  }
}

function below(url: URL, name: string): URL {
  const deeper = new URL(url);
  deeper.pathname = `${deeper.pathname.replace(/\/+$/, "")}/${name}`;
  return deeper;
}

/** The text of an error quotes the address; its code does not. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  return "code" in error ? String(error.code) : error.name;
}
