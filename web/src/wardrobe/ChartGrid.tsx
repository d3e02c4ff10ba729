import { useState } from "react";

import { Button } from "../parts/Button";
import { doubtful, dropSize, paste, read, renameSize, show, write, type Cell, type Chart } from "./chart";
import { editorText } from "./text";

interface Props {
  id: string;
  chart: Chart;
  onChange: (chart: Chart) => void;
  onFocus: (cell: [row: number, column: number]) => void;
}

export const cellId = (grid: string, row: number, column: number) => `${grid}-${row}-${column}`;

/** A row a size, a cell a column. What was read badly is marked, in colour and by a question mark. */
export function ChartGrid({ id, chart, onChange, onFocus }: Props) {
  return (
    <div className="overflow-x-auto">
      <table className="text-sm">
        <caption className="sr-only">{editorText.grid}</caption>
        <thead>
          <tr>
            <th scope="col" className="p-1 text-left">
              {editorText.size}
            </th>
            {chart.columns.map((column) => (
              <th key={column.name} scope="col" className="p-1 text-left">
                {column.name.replaceAll("_", " ")}
                {column.header && column.header.toLowerCase() !== column.name && <span className="block font-normal text-soft">{column.header}</span>}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {chart.rows.map((row, r) => {
            const size = chart.sizes[r] ?? "";
            return (
              <tr key={r}>
                <th scope="row" className="p-1">
                  <Written label={`${editorText.size} ${r + 1}`} value={size} onWrite={(written) => onChange(renameSize(chart, r, written))} isRight={(written) => written.trim() !== ""} />
                </th>
                {chart.columns.map((column, c) => (
                  <td key={column.name} className="p-1">
                    <Written
                      id={cellId(id, r, c)}
                      label={editorText.cell(size, column.name)}
                      value={show(row[c])}
                      cell={row[c] ?? null}
                      isRight={(written) => read(written) !== undefined}
                      onWrite={(written) => onChange(write(chart, r, c, written))}
                      onFocus={() => onFocus([r, c])}
                      onPasteBlock={(text) => onChange(paste(chart, r, c, text))}
                    />
                  </td>
                ))}
                <td>
                  <Button kind="quiet" aria-label={editorText.dropSize(size)} onClick={() => onChange(dropSize(chart, r))}>
                    ✕
                  </Button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface WrittenProps {
  id?: string;
  label: string;
  value: string;
  cell?: Cell | null;
  isRight: (written: string) => boolean;
  onWrite: (written: string) => void;
  onFocus?: () => void;
  onPasteBlock?: (text: string) => void;
}

/** An input that tells what was written when it is left, unless that is wrong. */
function Written({ id, label, value, cell, isRight, onWrite, onFocus, onPasteBlock }: WrittenProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const shown = draft ?? value;
  const wrong = draft !== null && !isRight(draft);
  return (
    <input
      id={id}
      aria-label={doubtful(cell) ? `${label}?` : label}
      aria-invalid={wrong}
      title={wrong ? editorText.notValue : undefined}
      value={shown}
      onFocus={onFocus}
      onChange={(event) => setDraft(event.target.value)}
      onPaste={(event) => {
        const text = event.clipboardData.getData("text/plain");
        if (!onPasteBlock || !/[\t\n]/.test(text)) return;
        event.preventDefault();
        setDraft(null);
        onPasteBlock(text);
      }}
      onBlur={() => {
        if (draft !== null && draft !== value && !wrong) onWrite(draft);
        if (!wrong) setDraft(null);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
      }}
      className={`min-h-10 w-20 rounded-lg border px-2 ${wrong ? "border-bad" : doubtful(cell) ? "border-2 border-dashed border-warn" : "border-line"} bg-card`}
    />
  );
}
