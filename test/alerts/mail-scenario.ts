import { waitFor } from "../wait.ts";
import { startMailServe } from "./mail-serve.ts";
import type { ReceivedMail } from "./received-mail.ts";

/** "The mail is in the mailbox within 30 s". */
const WITHIN_MS = 30_000;
const FAR_AWAY_HOURS = 300 * 24;

/** A mail server that can be taken away. */
export interface Relay {
  readonly port: number;
  /** What is in the mailbox, oldest first. */
  mails(): readonly ReceivedMail[];
  /** Until `restart` nobody listens. */
  stop(): Promise<void>;
  restart(): Promise<void>;
}

export interface MailRun {
  readonly mails: readonly ReceivedMail[];
  /** How many had arrived after further checks of what was told already: of the alert, of its end. */
  readonly arrived: readonly number[];
  /** How many waited after further checks while the relay was down, and after it had taken each. */
  readonly pending: readonly (string | undefined)[];
  /** All that serve printed. */
  readonly output: string;
}

/**
 * A token that ends in three hours, a short config, `serve`: waits for the mail, then replaces the token and waits
 * for the end of the alert. When `isDown`, the relay takes both only after an attempt of each was in vain.
 */
export async function runMailScenario(
  relay: Relay,
  { home, cert, isDown }: { readonly home: string; readonly cert: string | null; readonly isDown: boolean },
): Promise<MailRun> {
  const arrived: number[] = [];
  const pending: (string | undefined)[] = [];
  if (isDown) await relay.stop();
  const serve = await startMailServe(home, relay.port, cert);

  const untilTold = async (place: number): Promise<void> => {
    if (isDown) {
      await serve.untilTried("retried", place);
      await serve.checkAgain();
      pending.push(await serve.pending());
      await relay.restart();
    }
    await waitFor(`mail ${place}`, () => relay.mails()[place - 1], WITHIN_MS);
    await serve.untilTried("delivered", place);
    await serve.checkAgain();
    arrived.push(relay.mails().length);
    pending.push(await serve.pending());
  };

  try {
    await untilTold(1);
    if (isDown) await relay.stop();
    await serve.replaceToken(FAR_AWAY_HOURS);
    await untilTold(2);
    return { mails: [...relay.mails()], arrived, pending, output: serve.output() };
  } finally {
    await serve.kill();
  }
}
