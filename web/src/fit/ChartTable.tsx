import { show, type Chart } from "../wardrobe/chart";
import { fitText, plain } from "./text";

/** The chart as it was confirmed, a column a size, the recommended one marked in colour and in words. */
export function ChartTable({ chart, recommended }: { chart: Chart; recommended: string | null }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and holds nothing else to focus
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={fitText.chart}>
      <table className="text-sm">
        <caption className="sr-only">{fitText.chart}</caption>
        <thead>
          <tr>
            <th scope="col" className="p-2 text-left font-normal text-soft">
              {chart.unit}
            </th>
            {chart.sizes.map((size) => (
              <th key={size} scope="col" className={`p-2 ${size === recommended ? "rounded-t-lg bg-good text-paper" : ""}`} aria-label={size === recommended ? fitText.recommended(size) : undefined}>
                {size}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {chart.columns.map((column, c) => (
            <tr key={column.name}>
              <th scope="row" className="p-2 text-left font-normal first-letter:uppercase">
                {plain(column.name)}
              </th>
              {chart.sizes.map((size, r) => (
                <td key={size} className={`p-2 text-center ${size === recommended ? "bg-sunk font-semibold" : ""}`}>
                  {show(chart.rows[r]?.[c])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
