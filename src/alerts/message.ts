import type { Notification } from "./notification.ts";

export interface MessageOptions {
  readonly emails: "masked" | "plain";
  /** IANA name, or `LOCAL_ZONE`. */
  readonly timezone: string;
  /** Where runbooks are, without a slash at the end; null leaves the links out. */
  readonly runbookUrl: string | null;
  /** Address of our own page for links; null leaves them out. */
  readonly externalUrl: string | null;
  /** What a command of ours needs besides to mean the config and state of this process; nothing where they are usual. */
  readonly commandOptions?: readonly string[];
}

/** A notification for a person. Everything is masked and redacted here; a channel only puts it into its own form. */
export interface Message {
  /** At most 140 characters, so that it fits an SMS and a lock screen. */
  readonly title: string;
  /** Complete, in plain text, title included. */
  readonly text: string;
  /** The same as an HTML fragment, escaped. */
  readonly html: string;
  /** Parts for channels with a form of their own, in the order of the notification's items. */
  readonly sections: readonly MessageSection[];
  /** What a command of ours needs behind it to mean the config and state of this process: quoted, with a space in front. */
  readonly commandOptions: string;
}

export interface MessageSection {
  readonly headline: string;
  /** The same for what stays on a screen that anybody may read: masked at any rate, and true at a later hour too. */
  readonly lasting: string;
  /** Label and value: what, agent, since, expires, means. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly command: string | null;
  /** How the command begins, where it logs in at another host: what the config names, so it is masked nowhere. */
  readonly login: string;
  readonly silence: string | null;
  readonly runbook: string | null;
}

export type RenderMessage = (notification: Notification, options: MessageOptions, now: Date) => Message;
