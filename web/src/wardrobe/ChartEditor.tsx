/** The picture beside the grid; what is open, doubtful cells first, with answers as buttons; undo. */
import { useId, useState } from "react";

import { Button } from "../parts/Button";
import { useNotice } from "../parts/page/notices";
import { ProblemText } from "../parts/Problem";
import { convert, open, type Chart } from "./chart";
import { ChartGrid } from "./ChartGrid";
import { ChartPicture } from "./ChartPicture";
import { useChangeGarment, type Garment } from "./garments";
import { OpenThings } from "./OpenThings";
import { editorText } from "./text";

export function ChartEditor({ garment, start, pictureKey }: { garment: Garment; start: Chart; pictureKey: string | null }) {
  const [past, setPast] = useState<Chart[]>([]);
  const [chart, setChart] = useState(start);
  const [focused, setFocused] = useState<[row: number, column: number] | null>(null);
  const grid = useId();
  const notice = useNotice();
  const save = useChangeGarment(garment.id);
  const left = open(chart);

  function change(next: Chart) {
    if (next === chart) return;
    setPast([...past, chart]);
    setChart(next);
  }

  function undo() {
    const last = past.at(-1);
    if (!last) return;
    setPast(past.slice(0, -1));
    setChart(last);
  }

  function keep(confirmed: boolean) {
    const garmentPicture = garment.picture_keys[0] as string;
    save.mutate(
      { chart, chart_confirmed: confirmed, picture_keys: pictureKey ? [garmentPicture, pictureKey] : [garmentPicture] },
      { onSuccess: () => notice({ message: confirmed ? editorText.confirmed : editorText.savedOpen }) },
    );
  }

  return (
    <div className="flex flex-col gap-4">
      <div className={`grid gap-4 ${pictureKey ? "lg:grid-cols-2" : ""}`}>
        {pictureKey && (
          <ChartPicture objectKey={pictureKey} read={chart.picture_size ?? null} box={focused ? (chart.rows[focused[0]]?.[focused[1]]?.box ?? null) : null} />
        )}
        <div className="flex min-w-0 flex-col gap-3">
          <ChartGrid id={grid} chart={chart} onChange={change} onFocus={setFocused} />
          <div className="flex flex-wrap items-center gap-2">
            <Button onClick={undo} disabled={past.length === 0}>
              {editorText.undo}
            </Button>
            {chart.unit !== "unknown" && <Button onClick={() => change(convert(chart))}>{editorText.convert[chart.unit]}</Button>}
            <span className="text-sm text-soft">{editorText.paste}</span>
          </div>
        </div>
      </div>
      <OpenThings grid={grid} chart={chart} left={left} onChange={change} />
      <ProblemText error={save.error} />
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" disabled={left.length > 0 || save.isPending} onClick={() => keep(true)}>
          {editorText.confirm}
        </Button>
        <Button disabled={save.isPending} onClick={() => keep(false)}>
          {editorText.save}
        </Button>
      </div>
    </div>
  );
}
