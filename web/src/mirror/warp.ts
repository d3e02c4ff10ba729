/** Where each vertex of the garment's mesh lies on the body. Fractions of picture and cut-out, y downwards. */
import type { Anchors, Point } from "../clean/anchors";

/** 10×10 vertices: PlaneGeometry counts segments, which are one fewer. */
export const GRID = 10;

/** Joints are inside the body, and the garment is around it: outwards, up from the shoulders, down from the hips. */
const EASE = { sides: 0.16, top: 0.1, bottom: 0.08 };
/** Hips are narrower than a hem, which hangs from the shoulders. */
const HEM_RATIO = 0.86;

const mix = (a: Point, b: Point, t: number): Point => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];

/**
 * The garment's four anchor points on the body, from landmarks 11, 12, 23, 24 (left and right shoulder, left and right
 * hip). The left shoulder is on the picture's right: nothing is mirrored here.
 */
export function drape(body: Anchors, aspect: number): Anchors {
  // In units of the picture's height, so that a slant turns without shearing.
  const [ls, rs, lh, rh] = body.map(([x, y]) => [x * aspect, y] as Point) as Anchors;
  const [shoulders, hips] = [mix(ls, rs, 0.5), mix(lh, rh, 0.5)];
  const down: Point = [hips[0] - shoulders[0], hips[1] - shoulders[1]];
  const half: Point = [(ls[0] - rs[0]) / 2, (ls[1] - rs[1]) / 2];
  const width = Math.hypot(...half);
  const hip = Math.max(Math.hypot(lh[0] - rh[0], lh[1] - rh[1]) / 2, width * HEM_RATIO) / (width || 1);
  const at = (along: number, across: number): Point => [
    (shoulders[0] + down[0] * along + half[0] * across) / aspect,
    shoulders[1] + down[1] * along + half[1] * across,
  ];
  const side = 1 + EASE.sides;
  return [at(-EASE.top, side), at(-EASE.top, -side), at(1 + EASE.bottom, hip * side), at(1 + EASE.bottom, -hip * side)];
}

/** The point at (s, t) of a quad: s from its right side (0) to its left (1), t from shoulders (0) to hem (1). */
export function bilinear([ls, rs, lh, rh]: Anchors, s: number, t: number): Point {
  return mix(mix(rs, ls, s), mix(rh, lh, s), t);
}

/** The (s, t) at which `bilinear` gives `point`; beyond 0…1 outside the quad. By Newton's method. */
export function inverse(quad: Anchors, point: Point): Point {
  const [ls, rs, lh, rh] = quad;
  let [s, t] = [0.5, 0.5];
  for (let i = 0; i < 12; i++) {
    const [x, y] = bilinear(quad, s, t);
    const [ex, ey] = [x - point[0], y - point[1]];
    if (Math.hypot(ex, ey) < 1e-9) break;
    const ds: Point = [(ls[0] - rs[0]) * (1 - t) + (lh[0] - rh[0]) * t, (ls[1] - rs[1]) * (1 - t) + (lh[1] - rh[1]) * t];
    const dt: Point = [(rh[0] - rs[0]) * (1 - s) + (lh[0] - ls[0]) * s, (rh[1] - rs[1]) * (1 - s) + (lh[1] - ls[1]) * s];
    const det = ds[0] * dt[1] - ds[1] * dt[0];
    if (Math.abs(det) < 1e-12) break;
    s -= (ex * dt[1] - ey * dt[0]) / det;
    t -= (ey * ds[0] - ex * ds[1]) / det;
  }
  return [s, t];
}

/**
 * Every vertex of the mesh on the body, row by row from the cut-out's upper left, as fractions of the picture.
 *
 * The page flips frame and garment together, as a mirror does, and that would reverse a print. So the garment is turned
 * over: the left of its picture goes to the wearer's left, and reads rightly once it is flipped.
 */
export function mesh([ls, rs, lh, rh]: Anchors, body: Anchors, aspect: number): Point[] {
  const garment: Anchors = [rs, ls, rh, lh];
  const onto = drape(body, aspect);
  const vertices: Point[] = [];
  for (let row = 0; row < GRID; row++)
    for (let column = 0; column < GRID; column++) {
      const [s, t] = inverse(garment, [column / (GRID - 1), row / (GRID - 1)]);
      vertices.push(bilinear(onto, s, t));
    }
  return vertices;
}
