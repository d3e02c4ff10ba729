import type { ReactNode } from "react";

import { Button } from "../parts/Button";
import { COLUMNS, dropColumn, keep, rename, sayKind, sayMeasure, sayUnit, show, type Chart, type Open } from "./chart";
import { cellId } from "./ChartGrid";
import { editorText } from "./text";

interface Props {
  grid: string;
  chart: Chart;
  left: Open[];
  onChange: (chart: Chart) => void;
}

/** What a person has to decide, one line each, answers as buttons. */
export function OpenThings({ grid, chart, left, onChange: change }: Props) {
  const named = (column: number) => chart.columns[column]?.header || chart.columns[column]?.name || "";

  function onChange(next: Chart) {
    change(next);
    document.getElementById(`${grid}-open`)?.focus(); // the button that had it goes with its question
  }

  function line(one: Open): [question: string, answers: ReactNode] {
    switch (one.code) {
      case "cell": {
        const cell = editorText.cell(chart.sizes[one.row] ?? "", named(one.column));
        const question = editorText.unsure(cell, show(chart.rows[one.row]?.[one.column]));
        return [
          question,
          <>
            <Button onClick={() => onChange(keep(chart, one.row, one.column))}>{editorText.right}</Button>
            <Button kind="quiet" onClick={() => document.getElementById(cellId(grid, one.row, one.column))?.focus()}>
              {editorText.correct}
            </Button>
          </>,
        ];
      }
      case "unit":
        return [editorText.sayUnit, (["cm", "in"] as const).map((unit) => <Button key={unit} onClick={() => onChange(sayUnit(chart, unit))}>{editorText.units[unit]}</Button>)];
      case "kind":
        return [editorText.sayKind, (["body", "garment"] as const).map((kind) => <Button key={kind} onClick={() => onChange(sayKind(chart, kind))}>{editorText.kinds[kind]}</Button>)];
      case "measure":
        return [
          editorText.sayMeasure(named(one.column)),
          (["flat", "girth"] as const).map((measure) => (
            <Button key={measure} onClick={() => onChange(sayMeasure(chart, one.column, measure))}>
              {editorText.measures[measure]}
            </Button>
          )),
        ];
      case "header":
        return [
          editorText.sayHeader(named(one.column)),
          <>
            <select
              aria-label={editorText.header(named(one.column))}
              className="min-h-11 rounded-full border border-line bg-card px-4 text-sm"
              value=""
              onChange={(event) => onChange(rename(chart, one.column, event.target.value))}
            >
              <option value="">{editorText.choose}</option>
              {COLUMNS.filter((name) => !chart.columns.some((column) => column.name === name)).map((name) => (
                <option key={name} value={name}>
                  {name.replaceAll("_", " ")}
                </option>
              ))}
            </select>
            <Button onClick={() => onChange(dropColumn(chart, one.column))}>{editorText.leaveOut}</Button>
          </>,
        ];
    }
  }

  return (
    <section id={`${grid}-open`} tabIndex={-1} aria-label={editorText.open(left.length)} className="flex flex-col gap-2">
      <p role="status" className="text-sm font-semibold">
        {editorText.open(left.length)}
      </p>
      <ul className="flex flex-col gap-2">
        {left.map((one) => {
          const [question, answers] = line(one);
          return (
            <li key={JSON.stringify(one)} className="flex flex-wrap items-center gap-2 rounded-xl bg-sunk px-4 py-2">
              <span className="text-sm">{question}</span>
              <span role="group" aria-label={question} className="flex flex-wrap items-center gap-2">
                {answers}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
