/** What to tell the person in front of the camera, from shoulders, hips and elbows. */
import type { Anchors, Point } from "../clean/anchors";

/** How far inside the shoulder an elbow may be, in shoulder widths. */
const ARM = 0.15;

export type Coaching = "absent" | "back" | "closer" | "level" | "arms" | "good";

/** `body` is null while nobody is seen; points are fractions of the picture, the wearer's left has the larger x. */
export function coach(body: Anchors | null, elbows: [Point | null, Point | null] = [null, null]): Coaching {
  if (!body) return "absent";
  const [ls, rs, lh, rh] = body;
  if (Math.max(lh[1], rh[1]) > 0.98 || Math.min(ls[1], rs[1]) < 0.04) return "back";
  if (Math.abs(ls[0] - rs[0]) < 0.1) return "closer";
  if (Math.abs(ls[1] - rs[1]) > 0.3 * Math.abs(ls[0] - rs[0])) return "level";
  // An arm across the body, or hidden behind it, is cut off or painted over by the garment.
  const [left, right] = elbows;
  const width = ls[0] - rs[0];
  const crosses = (left && left[0] < ls[0] - ARM * width) || (right && right[0] > rs[0] + ARM * width);
  return crosses ? "arms" : "good";
}
