import { expect, test } from "vitest";

import { convert, dropColumn, dropSize, keep, open, paste, read, rename, renameSize, sayKind, sayMeasure, sayUnit, show, write, type Chart } from "./chart";

const CHART: Chart = {
  kind: "unknown",
  unit: "unknown",
  flat: null,
  tolerance_cm: 0,
  sizes: ["S", "M"],
  columns: [
    { name: "chest", header: "Bust", measure: "unknown" },
    { name: "Bustier", header: "Bustier", measure: "unknown" },
  ],
  rows: [
    [{ value: 48, confidence: 0.95 }, { value: [60, 62], confidence: 0.7 }],
    [{ value: 51, confidence: 0.5, box: [1, 2, 3, 4] }, null],
  ],
  labels: [],
};

test("what is open is told, the least certain cell first, until a person has decided all of it", () => {
  expect(open(CHART)).toEqual([
    { code: "cell", row: 1, column: 0 },
    { code: "cell", row: 0, column: 1 },
    { code: "unit" },
    { code: "kind" },
    { code: "header", column: 1 },
  ]);
  let chart = keep(write(CHART, 0, 1, "60–64"), 1, 0);
  expect(chart.rows[1]?.[0]).toEqual({ value: 51, box: [1, 2, 3, 4] });
  chart = sayKind(sayUnit(chart, "cm"), "garment");
  expect(open(chart)).toEqual([{ code: "measure", column: 0 }, { code: "header", column: 1 }]);
  expect(open(sayMeasure(dropColumn(chart, 1), 0, "flat"))).toEqual([]);
  expect(open(sayKind(rename(chart, 1, "waist"), "body"))).toEqual([]);
  // Whoever takes "body" back is asked again.
  expect(open(sayKind(sayKind(dropColumn(chart, 1), "body"), "garment"))).toEqual([{ code: "measure", column: 0 }]);
});

test("values are read as people write them, and what is none changes nothing", () => {
  expect(read("96,5")).toEqual({ value: 96.5 });
  expect(read(" 48 - 52 ")).toEqual({ value: [48, 52] });
  expect(read("")).toBeNull();
  expect(read("M")).toBeUndefined();
  expect(write(CHART, 0, 0, "M")).toBe(CHART);
  expect(show({ value: [48, 52] })).toBe("48–52");
});

test("a block from a spreadsheet is laid over the grid", () => {
  const pasted = paste(CHART, 0, 0, "48\t60\t99\r\n50,5\t\r\n77\t77\n");
  expect(pasted.rows.map((row) => row.map(show))).toEqual([["48", "60"], ["50.5", ""]]);
});

test("a chart turns into inches and back", () => {
  const inches = convert(sayUnit(CHART, "cm"));
  expect([inches.unit, show(inches.rows[0]?.[0]), show(inches.rows[0]?.[1])]).toEqual(["in", "18.9", "23.62–24.41"]);
  expect(show(convert(inches).rows[0]?.[0])).toBe("48.01");
  expect(convert(CHART)).toBe(CHART);
});

test("no two sizes and no two columns have one name", () => {
  expect(renameSize(CHART, 0, "M")).toBe(CHART);
  expect(rename(CHART, 1, "chest")).toBe(CHART);
  expect(renameSize(CHART, 0, "36").sizes).toEqual(["36", "M"]);
  expect(dropSize(CHART, 0).rows).toEqual([CHART.rows[1]]);
});
