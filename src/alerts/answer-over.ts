import type { Episode, Told } from "./alert-store.ts";
import type { Circumstances } from "./answer.ts";
import { isFlapping, isStable } from "./flapping.ts";
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
  const isOnlyMessage = told.startsAt.getTime() === told.toldAt.getTime();
  if (isOnlyMessage && told.delivery === "dead") return "forget";
  if (isOnlyMessage && told.delivery === "pending" && policy.undelivered === "drop") {
    return around.begun.has(told.notificationId) ? { notTold: "held" } : "take_back";
  }
  if (!channel.sendResolved) return "forget";
  if (episode !== undefined && channel.refreshEveryMs === null && !isStable(episode, policy, now)) {
    if (told.because === "flapping" || isFlapping(episode, policy, now)) return { notTold: "unchanged" };
  }
  if (isKeptQuiet(channel.quietHours, told.severity, now)) return { notTold: "quiet_hours" };
  return "resolved";
}
