import { type Command, Help } from "commander";
import { wrapWhole } from "../format/terminal.ts";

/** What stands beside a name gets at least so many cells, or it stands below. */
const MIN_BESIDE = 40;
const BELOW = " ".repeat(6);

/** How help looks in lines of `width` cells, also on the screen of a phone. */
export function layOutHelp(width: number) {
  const wrapAt = (text: string, room: number, indent: string): string => wrapWhole(text, room).join(`\n${indent}`);
  return {
    helpWidth: width,
    minWidthToWrap: 1,
    commandUsage(command: Command): string {
      const label = "Usage: ";
      return wrapAt(new Help().commandUsage(command), width - label.length, " ".repeat(label.length));
    },
    formatItem(term: string, termWidth: number, description: string, helper: Help): string {
      if (width - termWidth - 4 >= MIN_BESIDE) return new Help().formatItem(term, termWidth, description, helper);
      return `  ${term}\n${BELOW}${wrapAt(description, width - BELOW.length, BELOW)}`;
    },
  };
}
