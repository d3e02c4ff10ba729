/** A worker's seconds by batch size, as measured and as fitted, in the coordinates of a small chart. */
import type { ServiceTimes } from "../operations";

export interface CurvePoint {
  batch: number;
  seconds: number;
}

/** What was measured, smallest batch first. */
export function measured(secondsByBatch: Record<string, number>): CurvePoint[] {
  return Object.entries(secondsByBatch)
    .map(([batch, seconds]) => ({ batch: Number(batch), seconds }))
    .sort((a, b) => a.batch - b.batch);
}

/** Seconds of a pass at the engine's own size and steps: `ServiceTimes.seconds` of the gateway's schemas. */
export function fittedSeconds(times: ServiceTimes, batch: number): number {
  return (
    times.per_pass +
    times.per_step * times.steps +
    times.per_image * batch +
    times.per_image_work * batch * times.steps * times.megapixels
  );
}

/** The fitted line over every batch size from 1 to `most`. */
export function fitted(times: ServiceTimes, most: number): CurvePoint[] {
  return Array.from({ length: most }, (_, i) => ({ batch: i + 1, seconds: fittedSeconds(times, i + 1) }));
}

const ROUND = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The least round number that `value` does not exceed. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return (ROUND.find((step) => value <= step * power * (1 + 1e-9)) ?? 10) * power;
}

/** Where a point lies on a chart of `width` × `height` that begins at batch 1 and ends at `most` and `top` seconds. */
export function place(point: CurvePoint, most: number, top: number, width: number, height: number): [number, number] {
  return [(width * (point.batch - 1)) / Math.max(1, most - 1), height * (1 - point.seconds / top)];
}
