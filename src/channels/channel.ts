import type { Message } from "../alerts/message.ts";
import type { Notification } from "../alerts/notification.ts";

/** How one attempt ended. `detail` is the server's answer in a few words, without address, credential or quoted body. */
export type Delivery =
  /** `isPartial` when somebody was refused for good, and did not get it. */
  | { readonly kind: "delivered"; readonly detail: string; readonly isPartial?: true }
  /** Trying again may help; `retryAfterMs` is what the server asked for. */
  | { readonly kind: "retry"; readonly detail: string; readonly retryAfterMs: number | null }
  /** Trying again will not help. */
  | { readonly kind: "refused"; readonly detail: string };

export interface SendContext {
  /** Aborts when the attempt has taken too long or the process stops. */
  readonly signal: AbortSignal;
  readonly now: Date;
}

/** Sends once and says how it went. It never retries, and never throws for what the other side does. */
export interface Channel {
  send(notification: Notification, message: Message, context: SendContext): Promise<Delivery>;
  close(): Promise<void>;
}

/** What a channel may use of the world. */
export interface ChannelTools {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
  /** `agent-auth-exporter/<version>` */
  readonly userAgent: string;
  /** Address of our own page, for links; null leaves them out. */
  readonly externalUrl: string | null;
  /** True in a process that ends after one check: nobody knows when the next one will say things again. */
  readonly isOneRun?: boolean;
}
