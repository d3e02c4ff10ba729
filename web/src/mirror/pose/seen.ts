/** What landmarks say of who is in a photo. Nothing here loads a model. */
import type { Landmark } from "./landmarks";

export interface Seen {
  /** Somebody much smaller than another is a bystander, and does not count. */
  people: "none" | "one" | "several";
  /** Whether the largest is so small that a closer photo would be better. */
  far: boolean;
}

/** Shoulders and hips. */
const TORSO = [11, 12, 23, 24] as const;
/** From the middle of the shoulders to that of the hips, as a share of the photo's height. */
const FAR = 0.12;
/** Of the larger one's torso: whoever is as large is another person to dress. */
const ALIKE = 0.5;
/** Two poses whose middles lie closer, in torsos, are one person seen twice. */
const APART = 0.35;

interface Torso {
  x: number;
  y: number;
  length: number;
}

function torso(marks: Landmark[], shape: number): Torso | null {
  const points = TORSO.map((i) => marks[i]);
  const [left, right, leftHip, rightHip] = points;
  if (!left || !right || !leftHip || !rightHip) return null;
  const middle = (a: Landmark, b: Landmark) => [((a[0] + b[0]) / 2) * shape, (a[1] + b[1]) / 2] as const;
  const [x1, y1] = middle(left, right);
  const [x2, y2] = middle(leftHip, rightHip);
  return { x: (x1 + x2) / 2, y: (y1 + y2) / 2, length: Math.hypot(x2 - x1, y2 - y1) };
}

/** `people` as fractions of the photo, whose width is `shape` times its height. */
export function seenIn(people: Landmark[][], shape: number): Seen {
  const found = people.flatMap((marks) => torso(marks, shape) ?? []).sort((a, b) => b.length - a.length);
  const [first, second] = found;
  if (!first) return { people: "none", far: false };
  const rival = second !== undefined && second.length > ALIKE * first.length && Math.hypot(second.x - first.x, second.y - first.y) > APART * first.length;
  return { people: rival ? "several" : "one", far: first.length < FAR };
}
