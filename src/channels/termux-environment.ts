import type { ChannelTools } from "./channel.ts";
import { minimalEnvironment } from "./program.ts";

/** `am`, by which Termux:API reaches its app on some versions, does not start without these. */
const ANDROID_VARIABLE = /^(?:ANDROID|TERMUX)_|^(?:BOOTCLASSPATH|DEX2OATBOOTCLASSPATH|EXTERNAL_STORAGE|LD_PRELOAD)$/;
const TERMUX_PREFIX = "/data/data/com.termux/files/usr";

/** What the commands of Termux:API need of our environment, and where they are. */
export function termuxEnvironment(env: ChannelTools["env"]) {
  const prefix = env["PREFIX"] || TERMUX_PREFIX;
  const android = Object.keys(env).filter((name) => ANDROID_VARIABLE.test(name));
  // A timer or a button may have started us without a PATH.
  const path = [...(env["PATH"] ? [env["PATH"]] : []), `${prefix}/bin`].join(":");
  return { ...minimalEnvironment(env, android), PREFIX: prefix, PATH: path };
}
