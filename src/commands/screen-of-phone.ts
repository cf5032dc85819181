import { readAlertMemory } from "../alerts/read-memory.ts";
import { outwardKey } from "../channels/open.ts";
import { idOf, MORE_ID } from "../channels/termux.ts";
import { UnavailableError } from "../errors.ts";
import { chooseStoragePath } from "../storage.ts";
import type { CommandContext } from "./command.ts";
import { CONFIG_MISTAKE_ID } from "./config-mistake.ts";
import { makeSampleCondition } from "./sample-condition.ts";

/** Ids of notifications of ours that may be on the screen of a phone: of what is remembered, and of what never is. */
export function listOnScreen({ env, now }: Pick<CommandContext, "env" | "now">): readonly string[] {
  const told = readTold(chooseStoragePath(null, env)).map(({ condition }) => condition);
  const conditions = [...told, makeSampleCondition("critical", now())];
  const ids = conditions.map((condition) => idOf({ condition: { ...condition, key: outwardKey(condition) } }));
  return [...new Set(ids), MORE_ID, CONFIG_MISTAKE_ID];
}

/** What cannot be read keeps nobody from removing it. */
function readTold(storagePath: string) {
  try {
    return readAlertMemory(storagePath)?.told ?? [];
  } catch (error) {
    if (error instanceof UnavailableError) return [];
    throw error;
  }
}
