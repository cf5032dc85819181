import type { Episode, Told } from "./alert-store.ts";
import { type Circumstances, isOnlyMessage, isUnheard } from "./answer.ts";
import { isFlapping, isStable } from "./flapping.ts";
import { isRetryDue } from "./given-up.ts";
import type { NotToldBecause } from "./notification.ts";
import { isKeptQuiet } from "./quiet-hours.ts";

/** What becomes of a condition that a channel was told of and that is over. */
export type OverAnswer =
  | "resolved"
  /** The channel never heard of it, or does not want to hear of its end. */
  | "forget"
  /** Its only message is still waiting and is not to leave any more. */
  | "take_back"
  | { readonly notTold: NotToldBecause };

/** A silence does not hide the end of what was told: whoever knows of the trouble wants to know that it is mended. */
export function answerOver(told: Told, episode: Episode | undefined, around: Circumstances): OverAnswer {
  const { channel, policy, now } = around;
  if (isUnheard(told)) return "forget";
  if (!told.isBelieved && isOnlyMessage(told) && told.delivery === "pending" && policy.undelivered === "drop") {
    return around.begun.has(told.notificationId) ? { notTold: "held" } : "take_back";
  }
  const { isScreen = false } = channel;
  const isUnwatched = episode?.isUnwatched === true;
  if (!channel.sendResolved && !isScreen) {
    // Without the memory of it, its message would say on its way that it is over, which nobody knows.
    return isUnwatched && told.delivery === "pending" ? { notTold: "held" } : "forget";
  }
  if (episode !== undefined && !isUnwatched && channel.refreshEveryMs === null && !isStable(episode, policy, now)) {
    if (told.because === "flapping" || isFlapping(episode, policy, now)) return { notTold: "unchanged" };
  }
  // What leaves a screen makes no sound.
  const isQuiet = !isScreen && isKeptQuiet(channel.quietHours, told.condition.severity, now);
  return isQuiet ? { notTold: "quiet_hours" } : "resolved";
}

/** A receiver that refuses to hear of an end for so long has long been told by somebody else. */
const GIVE_UP_MS = 30 * 86_400_000;

/** What becomes of an end whose message was given up: the channel still believes that the condition holds. */
export function answerOverAgain(
  told: Told,
  episode: Episode | undefined,
  around: Circumstances,
): Exclude<OverAnswer, "take_back"> {
  const { channel, now } = around;
  const overMs = now.getTime() - (episode?.endedAt ?? told.toldAt).getTime();
  if (!channel.sendResolved || overMs >= GIVE_UP_MS) return "forget";
  if (!isRetryDue(told, around)) return { notTold: "unchanged" };
  return isKeptQuiet(channel.quietHours, told.condition.severity, now) ? { notTold: "quiet_hours" } : "resolved";
}
