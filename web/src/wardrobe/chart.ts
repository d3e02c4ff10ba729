/** Changes of a size chart, each a new chart, and what is still open about one. */
import type { Schemas } from "../api";

export type Chart = Schemas["MakersChart"];
export type Cell = Schemas["ChartCell"];
type Column = Schemas["ChartColumn"];
type Measure = Column["measure"];

/** What the rules know a column as. */
export const COLUMNS = [
  ...["chest", "underbust", "waist", "hip", "hip_high", "shoulder", "sleeve", "sleeve_cb", "length", "inseam", "outseam", "thigh", "knee", "hem"],
  ...["leg_opening", "rise", "rise_back", "neck", "bicep", "cuff", "head", "height", "weight"],
];
/** Measured around, so that a garment laid flat gives half of them. */
const GIRTHS: readonly string[] = ["chest", "underbust", "waist", "hip", "thigh", "neck"];
const SURE = 0.9;
const CM_PER_INCH = 2.54;

export type Open =
  | { code: "cell"; row: number; column: number }
  | { code: "unit" }
  | { code: "kind" }
  | { code: "measure"; column: number }
  | { code: "header"; column: number };

/** What a person has to decide before the chart can be confirmed, doubtful cells first. */
export function open(chart: Chart): Open[] {
  const cells = chart.rows
    .flatMap((row, r) => row.map((cell, c) => ({ row: r, column: c, sure: cell?.confidence ?? 1 })))
    .filter((cell) => cell.sure < SURE)
    .sort((one, other) => one.sure - other.sure)
    .map(({ row, column }): Open => ({ code: "cell", row, column }));
  const columns = chart.columns.flatMap((column, c): Open[] => [
    ...(COLUMNS.includes(column.name) ? [] : [{ code: "header", column: c } as const]),
    ...(chart.kind === "garment" && GIRTHS.includes(column.name) && measureOf(chart, column) === "unknown" ? [{ code: "measure", column: c } as const] : []),
  ]);
  return [
    ...cells,
    ...(chart.unit === "unknown" ? [{ code: "unit" } as const] : []),
    ...(chart.kind === "unknown" ? [{ code: "kind" } as const] : []),
    ...columns,
  ];
}

function measureOf(chart: Chart, column: Column): Measure {
  if (column.measure !== "unknown" && column.measure !== "body") return column.measure;
  return chart.flat == null ? "unknown" : chart.flat ? "flat" : "girth";
}

/** Where the doubtful cells are. */
export function doubtful(cell: Cell | null | undefined): boolean {
  return cell != null && (cell.confidence ?? 1) < SURE;
}

export function show(cell: Cell | null | undefined): string {
  if (!cell) return "";
  return Array.isArray(cell.value) ? cell.value.join("–") : String(cell.value);
}

/** A value or a range as somebody writes it; null for nothing; undefined for what is neither. */
export function read(written: string): Cell | null | undefined {
  const trimmed = written.trim().replaceAll(",", ".");
  if (!trimmed) return null;
  const found = /^(\d+(?:\.\d+)?)(?:\s*[-–—~]\s*(\d+(?:\.\d+)?))?$/.exec(trimmed);
  if (!found) return undefined;
  const [low, high] = [Number(found[1]), found[2] === undefined ? null : Number(found[2])];
  return { value: high === null ? low : [low, high] };
}

/** A cell as a person wrote it; the same chart when that is no value. */
export function write(chart: Chart, row: number, column: number, written: string): Chart {
  const cell = read(written);
  if (cell === undefined) return chart;
  return withCell(chart, row, column, cell);
}

/** A doubtful cell is right as it was read. */
export function keep(chart: Chart, row: number, column: number): Chart {
  const cell = chart.rows[row]?.[column];
  return cell ? withCell(chart, row, column, { value: cell.value, ...(cell.box ? { box: cell.box } : {}) }) : chart;
}

function withCell(chart: Chart, row: number, column: number, cell: Cell | null): Chart {
  const rows = chart.rows.map((cells, r) => (r === row ? cells.map((old, c) => (c === column ? cell : old)) : cells));
  return { ...chart, rows };
}

/** A block that was copied from a spreadsheet, laid over the grid from a cell on; what does not fit is left out. */
export function paste(chart: Chart, row: number, column: number, text: string): Chart {
  const lines = text.replace(/\r/g, "").replace(/\n$/, "").split("\n");
  return lines.reduce(
    (changed, line, r) => line.split("\t").reduce((one, written, c) => (row + r < one.sizes.length && column + c < one.columns.length ? write(one, row + r, column + c, written) : one), changed),
    chart,
  );
}

/** Say the unit of a chart that gave none. */
export function sayUnit(chart: Chart, unit: "cm" | "in"): Chart {
  return { ...chart, unit };
}

/** The same chart in the other unit: its values change with it. */
export function convert(chart: Chart): Chart {
  if (chart.unit === "unknown") return chart;
  const factor = chart.unit === "in" ? CM_PER_INCH : 1 / CM_PER_INCH;
  const turn = (value: number) => Math.round(value * factor * 100) / 100;
  const rows = chart.rows.map((row) =>
    row.map((cell): Cell | null => {
      if (!cell) return null;
      const value = cell.value;
      return { ...cell, value: Array.isArray(value) ? value.map(turn) : turn(Number(value)) };
    }),
  );
  return { ...chart, unit: chart.unit === "in" ? "cm" : "in", rows };
}

export function sayKind(chart: Chart, kind: "body" | "garment"): Chart {
  const columns = chart.columns.map(
    (column): Column => ({ ...column, measure: kind === "body" ? "body" : column.measure === "body" ? "unknown" : (column.measure ?? "unknown") }),
  );
  return { ...chart, kind, columns };
}

export function sayMeasure(chart: Chart, column: number, measure: "flat" | "girth"): Chart {
  return withColumn(chart, column, { measure });
}

/** Name a column; the same chart when another one is called so already. */
export function rename(chart: Chart, column: number, name: string): Chart {
  return chart.columns.some((other, c) => c !== column && other.name === name) ? chart : withColumn(chart, column, { name });
}

function withColumn(chart: Chart, column: number, change: Partial<Column>): Chart {
  return { ...chart, columns: chart.columns.map((old, c) => (c === column ? { ...old, ...change } : old)) };
}

export function dropColumn(chart: Chart, column: number): Chart {
  return { ...chart, columns: chart.columns.filter((_, c) => c !== column), rows: chart.rows.map((row) => row.filter((_, c) => c !== column)) };
}

/** Name a size; the same chart when that is no name, or another one has it. */
export function renameSize(chart: Chart, row: number, written: string): Chart {
  const name = written.trim();
  if (!name || chart.sizes.some((size, r) => r !== row && size === name)) return chart;
  return { ...chart, sizes: chart.sizes.map((size, r) => (r === row ? name : size)) };
}

export function dropSize(chart: Chart, row: number): Chart {
  const labels = (chart.labels ?? []).map((label) => ({ ...label, names: label.names.filter((_, r) => r !== row) }));
  return { ...chart, sizes: chart.sizes.filter((_, r) => r !== row), rows: chart.rows.filter((_, r) => r !== row), labels };
}
