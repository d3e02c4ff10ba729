/** What to tell the person in front of the camera, from the four landmarks. */
import type { Anchors } from "../clean/anchors";

export type Advice = "absent" | "back" | "closer" | "level" | "good";

/** `body` is null while nobody is seen. */
export function coach(body: Anchors | null): Advice {
  if (!body) return "absent";
  const [ls, rs, lh, rh] = body;
  if (Math.max(lh[1], rh[1]) > 0.98 || Math.min(ls[1], rs[1]) < 0.04) return "back";
  if (Math.abs(ls[0] - rs[0]) < 0.1) return "closer";
  if (Math.abs(ls[1] - rs[1]) > 0.3 * Math.abs(ls[0] - rs[0])) return "level";
  return "good";
}
