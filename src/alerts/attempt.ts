import type { Channel, Delivery } from "../channels/channel.ts";
import type { Message } from "./message.ts";
import type { Notification } from "./notification.ts";

export interface AttemptOptions {
  readonly channel: Channel;
  readonly notification: Notification;
  readonly render: (notification: Notification, now: Date) => Message;
  readonly now: Date;
  readonly deadlineMs: number;
  /** Aborts when the process has no more time. */
  readonly stop: AbortSignal;
}

/**
 * Renders and sends once. Resolves at the deadline at the latest, whether or not the channel heeds its signal; a bug in
 * it is a failed attempt like any other, for it must not cost an alert.
 */
export async function attempt(options: AttemptOptions): Promise<Delivery> {
  const { channel, notification, render, now, deadlineMs, stop } = options;
  const cut = new AbortController();
  const ended = new Promise<Delivery>((resolve) => {
    cut.signal.addEventListener("abort", () => resolve(retry(String(cut.signal.reason))), { once: true });
  });
  const onStop = (): void => cut.abort("stopped before there was an answer");
  // Not `AbortSignal.timeout`: its timer would let a process end that has nothing else to wait for.
  const timer = setTimeout(() => cut.abort(`no answer within ${deadlineMs / 1_000} s`), deadlineMs);
  stop.addEventListener("abort", onStop, { once: true });
  try {
    if (stop.aborted) onStop();
    const sent = channel.send(notification, render(notification, now), { signal: cut.signal, now });
    return await Promise.race([sent, ended]);
  } catch (error) {
    // The text of an error may quote what it choked on.
    return retry(`unexpected ${error instanceof Error ? error.name : "error"} in the channel`);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener("abort", onStop);
  }
}

function retry(detail: string): Delivery {
  return { kind: "retry", detail, retryAfterMs: null };
}
