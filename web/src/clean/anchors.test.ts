import { beforeEach, expect, it, vi } from "vitest";

import { DEFAULT_ANCHORS, storeAnchors, storedAnchors } from "./anchors";

const kept = new Map<string, string>();

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
});

it("keeps moved points a cut-out, and forgets them when put back", () => {
  expect(storedAnchors("a.png")).toBeNull();
  storeAnchors("a.png", DEFAULT_ANCHORS);
  expect(storedAnchors("a.png")).toEqual(DEFAULT_ANCHORS);
  expect(storedAnchors("b.png")).toBeNull();
  storeAnchors("a.png", null);
  expect(storedAnchors("a.png")).toBeNull();
});

it("takes what it cannot read as nothing", () => {
  kept.set("proteus.anchors.a.png", "{");
  expect(storedAnchors("a.png")).toBeNull();
});
