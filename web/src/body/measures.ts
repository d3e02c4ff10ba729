/** Names, units and means of measures. The server keeps cm and kg; inches and pounds are of this page alone. */
import type { Schemas } from "../api";

export type MeasureName = keyof Schemas["BodyView"];
export type System = "metric" | "imperial";

export const MEASURES: MeasureName[] = ["height", "weight", "chest", "underbust", "waist", "hips", "inseam", "shoulder", "arm", "neck", "thigh"];
/** Where people mismeasure most. */
export const TWICE: readonly MeasureName[] = ["waist", "hips"];
/** Two of one measure that differ by more, in cm, are taken again. */
const APART_CM = 2;
const PER_UNIT = { metric: { length: 1, mass: 1 }, imperial: { length: 2.54, mass: 0.45359237 } };

const scale = (name: MeasureName, system: System) => PER_UNIT[system][name === "weight" ? "mass" : "length"];

export function unitOf(name: MeasureName, system: System): "cm" | "kg" | "in" | "lb" {
  if (name === "weight") return system === "metric" ? "kg" : "lb";
  return system === "metric" ? "cm" : "in";
}

/** What somebody wrote, as cm or kg; null for nothing, NaN for what is no number. */
export function parse(written: string, name: MeasureName, system: System): number | null {
  const trimmed = written.trim().replace(",", ".");
  if (!trimmed) return null;
  return /^\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) * scale(name, system) : NaN;
}

/** A value of cm or kg as it is written in a unit, to one decimal. */
export function show(value: number, name: MeasureName, system: System): string {
  return String(Math.round((value / scale(name, system)) * 10) / 10);
}

/** The mean of what was measured, in cm; and whether the two are too far apart. */
export function mean(first: number | null, second: number | null): { value: number | null; apart: boolean } {
  if (first === null || second === null) return { value: first ?? second, apart: false };
  return { value: (first + second) / 2, apart: Math.abs(first - second) > APART_CM };
}
