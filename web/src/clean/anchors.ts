/** Where a cut-out hangs on the body in the mirror: the tailor's points, or those moved by hand on this device. */
export type Point = [number, number];
/** Left shoulder, right shoulder, left hem, right hem of the wearer, as fractions of the cut-out. */
export type Anchors = [Point, Point, Point, Point];

const slot = (cleanedKey: string) => `proteus.anchors.${cleanedKey}`;

export const DEFAULT_ANCHORS: Anchors = [
  [0.8, 0.08],
  [0.2, 0.08],
  [0.78, 0.96],
  [0.22, 0.96],
];

export function storedAnchors(cleanedKey: string): Anchors | null {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(slot(cleanedKey)) ?? "null");
    return Array.isArray(found) && found.length === 4 ? (found as Anchors) : null;
  } catch {
    return null;
  }
}

export function storeAnchors(cleanedKey: string, anchors: Anchors | null): void {
  if (anchors) localStorage.setItem(slot(cleanedKey), JSON.stringify(anchors));
  else localStorage.removeItem(slot(cleanedKey));
}
