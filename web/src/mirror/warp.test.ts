import { PlaneGeometry } from "three";
import { describe, expect, it } from "vitest";

import type { Anchors } from "../clean/anchors";
import { coach } from "./coach";
import { OneEuro } from "./pose/oneEuro";
import { bilinear, drape, GRID, inverse, mesh } from "./warp";

const BODY: Anchors = [
  [0.57, 0.28],
  [0.43, 0.28],
  [0.54, 0.53],
  [0.46, 0.53],
];
const SHIRT: Anchors = [
  [0.8, 0.08],
  [0.2, 0.1],
  [0.82, 0.97],
  [0.16, 0.96],
];

describe("warp", () => {
  it("has as many vertices as the geometry that draws them", () => {
    expect(mesh(SHIRT, BODY, 4 / 3)).toHaveLength(100);
    expect(new PlaneGeometry(1, 1, GRID - 1, GRID - 1).getAttribute("position").count).toBe(100);
  });
  it("inverts itself, inside the quad and beyond", () => {
    for (const s of [-0.3, 0, 0.4, 1, 1.3])
      for (const t of [-0.1, 0, 0.5, 1.1]) {
        const [a, b] = inverse(SHIRT, bilinear(SHIRT, s, t));
        expect(a).toBeCloseTo(s, 6);
        expect(b).toBeCloseTo(t, 6);
      }
  });
  it("lays the garment's anchor points on the draped body", () => {
    const whole: Anchors = [[1, 0], [0, 0], [1, 1], [0, 1]]; // the cut-out's own corners
    const vertices = mesh(whole, BODY, 4 / 3);
    const onto = drape(BODY, 4 / 3);
    for (const [vertex, corner] of [[0, 0], [9, 1], [90, 2], [99, 3]] as const) {
      expect(vertices[vertex]![0]).toBeCloseTo(onto[corner][0], 6);
      expect(vertices[vertex]![1]).toBeCloseTo(onto[corner][1], 6);
    }
  });
  it("is turned over, so that a print reads rightly in a mirror", () => {
    const vertices = mesh(SHIRT, BODY, 4 / 3);
    const seen = vertices.map(([x, y]) => [1 - x, y] as const); // as the page flips it
    expect(seen[9]![0]).toBeGreaterThan(seen[0]![0]);
    expect(vertices[90]![1]).toBeGreaterThan(vertices[0]![1]);
  });
  it("covers the joints, and hangs a hem no narrower than most of the shoulders", () => {
    const [ls, rs, lh, rh] = drape(BODY, 4 / 3);
    expect(ls[0]).toBeGreaterThan(0.57);
    expect(rs[0]).toBeLessThan(0.43);
    expect(ls[1]).toBeLessThan(0.28);
    expect(lh[0] - rh[0]).toBeGreaterThan(0.86 * 0.14);
  });
  it("turns with the body instead of shearing", () => {
    const turn = ([x, y]: [number, number], a = 0.2): [number, number] => {
      const [dx, dy] = [(x - 0.5) * (4 / 3), y - 0.4];
      return [0.5 + (dx * Math.cos(a) - dy * Math.sin(a)) / (4 / 3), 0.4 + dx * Math.sin(a) + dy * Math.cos(a)];
    };
    const turned = drape(BODY.map((p) => turn(p)) as Anchors, 4 / 3);
    drape(BODY, 4 / 3).forEach((point, i) => {
      expect(turned[i]![0]).toBeCloseTo(turn(point)[0], 6);
      expect(turned[i]![1]).toBeCloseTo(turn(point)[1], 6);
    });
  });
});

describe("One-Euro", () => {
  it("calms what trembles and follows what moves", () => {
    const still = new OneEuro();
    const moving = new OneEuro();
    let [low, high, behind] = [1, 0, 0];
    for (let i = 0; i < 90; i++) {
      const calm = still.next(0.5 + (i % 2 ? 0.004 : -0.004), i / 30);
      if (i > 30) [low, high] = [Math.min(low, calm), Math.max(high, calm)];
      behind = i / 90 - moving.next(i / 90, i / 30);
    }
    expect(high - low).toBeLessThan(0.004);
    expect(behind).toBeLessThan(0.03);
  });
});

describe("coach", () => {
  const moved = (dy: number): Anchors => BODY.map(([x, y]) => [x, y + dy]) as Anchors;
  it("says what to do", () => {
    expect(coach(null)).toBe("absent");
    expect(coach(BODY)).toBe("good");
    expect(coach(moved(0.46))).toBe("back");
    expect(coach([[0.52, 0.3], [0.48, 0.3], [0.51, 0.4], [0.49, 0.4]])).toBe("closer");
    expect(coach([[0.6, 0.4], [0.4, 0.28], [0.55, 0.7], [0.45, 0.7]])).toBe("level");
  });
});
