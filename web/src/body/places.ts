/** Where each measure lies on the outline: level around it (x, y, width), or along a line. */
export interface Around {
  at: [x: number, y: number, width: number];
}
export interface Along {
  line: [x1: number, y1: number, x2: number, y2: number];
}

export const PLACES: Record<string, Around | Along> = {
  neck: { at: [52, 36, 16] },
  shoulder: { line: [32, 45, 88, 45] },
  chest: { at: [35, 66, 50] },
  underbust: { at: [36, 78, 48] },
  waist: { at: [37, 94, 46] },
  hip: { at: [33, 122, 54] },
  thigh: { at: [32, 140, 26] },
  arm: { line: [90, 52, 104, 138] },
  inseam: { line: [60, 140, 60, 250] },
  height: { line: [114, 8, 114, 252] },
};
/** A chart and a body call them otherwise. */
const SAME: Record<string, string> = { hips: "hip", sleeve: "arm" };

export function placeOf(name: string): Around | Along | undefined {
  return PLACES[SAME[name] ?? name];
}
