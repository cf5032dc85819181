import { describe, expect, it } from "vitest";
import { COLOURS } from "../../grafana/src/palette.ts";
import { NAMES, readDashboard } from "./dashboards.ts";

/** Linear RGB as people see it who lack one kind of cone: Machado, Oliveira and Fernandes (2009), severity 1. */
const SIGHT: Readonly<Record<string, readonly (readonly [number, number, number])[]>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** In CIELAB, 2.3 is just noticeable; this is told apart at a glance, in small cells side by side. */
const APART = 20;

/** What Grafana calls `red` and `green`: what the test must not let pass. */
const RED_AND_GREEN = ["#F2495C", "#73BF69"] as const;

describe.each(Object.keys(SIGHT))("to eyes with %s sight", (sight) => {
  const grades = Object.entries(COLOURS);
  const pairs = grades.flatMap(([a, one], index) =>
    grades.slice(index + 1).map(([b, other]) => [a, b, one, other] as const),
  );

  it.each(pairs)("%s and %s differ", (_a, _b, one, other) => {
    expect(distance(seen(one, sight), seen(other, sight))).toBeGreaterThan(APART);
  });
});

it("would find red and green too much alike", () => {
  const [red, green] = RED_AND_GREEN;
  expect(distance(seen(red, "deuteranopia"), seen(green, "deuteranopia"))).toBeLessThan(APART);
});

it.each(NAMES)("%s uses no other colour", (name) => {
  const used = JSON.stringify(readDashboard(name)).match(/#[0-9a-f]{6}\b/gi) ?? [];
  expect(used.length).toBeGreaterThan(10);
  expect([...new Set(used)].filter((colour) => !Object.values<string>(COLOURS).includes(colour))).toEqual([]);
});

type Triple = readonly [number, number, number];

/** CIELAB of a colour as such eyes see it. */
function seen(colour: string, sight: string): Triple {
  const linear = [1, 3, 5].map((at) => toLinear(Number.parseInt(colour.slice(at, at + 2), 16) / 255));
  return toLab(SIGHT[sight]!.map((row) => Math.min(1, Math.max(0, dot(row, linear)))));
}

function toLinear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}

/** From linear sRGB, white point D65. */
function toLab(rgb: readonly number[]): Triple {
  const [x, y, z] = [
    dot([0.4124564, 0.3575761, 0.1804375], rgb) / 0.95047,
    dot([0.2126729, 0.7151522, 0.072175], rgb),
    dot([0.0193339, 0.119192, 0.9503041], rgb) / 1.08883,
  ].map((value) => (value > 216 / 24_389 ? Math.cbrt(value) : ((24_389 / 27) * value + 16) / 116));
  return [116 * y! - 16, 500 * (x! - y!), 200 * (y! - z!)];
}

function dot(row: readonly number[], vector: readonly number[]): number {
  return row.reduce((sum, factor, index) => sum + factor * vector[index]!, 0);
}

function distance(one: Triple, other: Triple): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}
