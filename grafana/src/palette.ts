import {
  MappingType,
  SpecialValueMatch,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { ValueMapping } from "@grafana/grafana-foundation-sdk/dashboard";

/**
 * Blue to vermilion, after Okabe and Ito's palette: a test looks at them as people with each kind of colour blindness
 * do. No colour stands alone: wherever one is used, a word says the same.
 */
export const COLOURS = { ok: "#0072B2", info: "#56B4E9", warning: "#E69F00", critical: "#B03A00" } as const;

export type Grade = keyof typeof COLOURS;

/** From `from` upwards, until the next band begins; the first band has no beginning. */
export interface Band {
  readonly from: number | null;
  readonly grade: Grade;
  /** What the band means, where the number is to be replaced by it. */
  readonly word?: string;
}

export function thresholds(bands: readonly Band[]): ThresholdsConfigBuilder {
  const steps = bands.map(({ from, grade }) => ({ value: from, color: COLOURS[grade] }));
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

/** The word of its band in place of a number, where the band has one. */
export function bandWords(bands: readonly Band[]): ValueMapping[] {
  return bands.flatMap(({ from, grade, word }, index) => {
    if (word === undefined) return [];
    const to = bands[index + 1]?.from ?? null;
    const result = { text: word, color: COLOURS[grade], index };
    return [{ type: MappingType.RangeToText, options: { from, to, result } }];
  });
}

/** A word and its colour in place of each value. */
export function valueWords(words: Readonly<Record<string, readonly [text: string, grade: Grade]>>): ValueMapping {
  const options = Object.entries(words).map(([value, [text, grade]], index) => {
    return [value, { text, color: COLOURS[grade], index }] as const;
  });
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) };
}

/** A word where there is no value. */
export function absentWord(text: string, grade: Grade): ValueMapping {
  return {
    type: MappingType.SpecialValue,
    options: { match: SpecialValueMatch.NullAndNan, result: { text, color: COLOURS[grade] } },
  };
}

/** How far away the end of something is, in seconds. */
export const UNTIL_END: readonly Band[] = [
  { from: null, grade: "critical", word: "over" },
  { from: 0, grade: "critical", word: "within the hour" },
  { from: 3600, grade: "warning", word: "within a day" },
  { from: 86_400, grade: "info", word: "within a week" },
  { from: 604_800, grade: "ok", word: "later" },
];

/** A number of things that there should be none of. */
export function noneWanted(grade: Grade): readonly Band[] {
  return [
    { from: null, grade: "ok" },
    { from: 1, grade },
  ];
}

export const VERDICT_RANKS = valueWords({
  0: ["ok", "ok"],
  1: ["info", "info"],
  2: ["warning", "warning"],
  3: ["critical", "critical"],
});
