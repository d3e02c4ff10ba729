/** The chart of a garment: brought, read, chosen among several, then edited until it is confirmed. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { useSomebody } from "../api";
import { Button } from "../parts/Button";
import { ProblemText } from "../parts/Problem";
import { choose, keyOf } from "../studio/choose/chosen";
import type { Chart } from "./chart";
import { ChartEditor } from "./ChartEditor";
import { chartState, readChart, useChangeGarment, type Garment } from "./garments";
import { wardrobeText } from "./text";

interface Brought {
  key: string | null;
  tables: Chart[];
  composition: string | null;
}

export function ChartPart({ garment }: { garment: Garment }) {
  const [brought, setBrought] = useState<Brought | null>(null);
  const [chart, setChart] = useState<Chart | null>(garment.chart);
  const [bringing, setBringing] = useState(garment.chart === null);
  const [pasted, setPasted] = useState("");
  const somebody = useSomebody();
  const change = useChangeGarment(garment.id);
  const reading = useMutation({
    mutationFn: async (source: File | string): Promise<Brought> => {
      const user = await somebody();
      const key = typeof source === "string" ? null : await keyOf(await choose(source, "garment", source.name), user.id, () => undefined);
      const found = await readChart(key === null ? { text: source as string } : { key });
      return { key, tables: (found.tables ?? []).map((table) => ({ ...table, tolerance_cm: 0 })), composition: found.composition ?? null };
    },
    onSuccess: (found) => {
      if (found.composition && !garment.composition) change.mutate({ composition: found.composition });
      if (found.tables.length === 0) return; // a care label alone: there may be a chart still
      setBrought(found);
      setBringing(false);
      setChart(found.tables.length === 1 ? (found.tables[0] ?? null) : null);
    },
  });
  const pictureKey = brought ? brought.key : (garment.picture_keys[1] ?? null);
  return (
    <section aria-label={wardrobeText.chart} className="flex flex-col gap-4 rounded-3xl border border-line bg-card p-4 sm:p-6">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2>{wardrobeText.chart}</h2>
        <p className={garment.chart_confirmed ? "text-good" : "text-soft"}>{wardrobeText.state[chartState(garment)]}</p>
      </div>
      <p role="status" className="sr-only">
        {reading.isPending ? wardrobeText.reading : brought && chart ? wardrobeText.found(chart.sizes.length) : ""}
      </p>
      {bringing || reading.isPending ? (
        <div className="flex flex-col gap-4">
          <p className="text-sm text-soft">{wardrobeText.chartLead}</p>
          <label className="flex flex-col gap-1 text-sm font-semibold">
            {wardrobeText.photo}
            <input
              type="file"
              accept="image/*,.heic,.heif,.avif"
              className="min-h-11 rounded-xl border border-line bg-card p-2 text-sm font-normal"
              data-testid="chart-file"
              onChange={(event) => {
                const file = event.target.files?.[0];
                if (file) reading.mutate(file);
              }}
            />
          </label>
          <label className="flex flex-col gap-1 text-sm font-semibold">
            {wardrobeText.pasted}
            <textarea rows={5} maxLength={60_000} value={pasted} onChange={(event) => setPasted(event.target.value)} className="rounded-xl border border-line bg-card p-3 font-mono text-sm font-normal" />
          </label>
          <Button className="self-start" disabled={!pasted.trim() || reading.isPending} onClick={() => reading.mutate(pasted)}>
            {reading.isPending ? wardrobeText.reading : wardrobeText.read}
          </Button>
        </div>
      ) : (
        <>
          {brought && brought.tables.length > 1 && (
            <div role="group" aria-label={wardrobeText.several} className="flex flex-wrap gap-2">
              <p className="w-full text-sm">{wardrobeText.several}</p>
              {brought.tables.map((table, at) => (
                <Button key={at} onClick={() => setChart(table)} aria-pressed={chart === table}>
                  {wardrobeText.which(at + 1, table.columns.map((column) => column.header || column.name).join(", "))}
                </Button>
              ))}
            </div>
          )}
          {chart && <ChartEditor key={JSON.stringify(chart)} garment={garment} start={chart} pictureKey={pictureKey} />}
          <Button kind="quiet" className="self-start" onClick={() => setBringing(true)}>
            {wardrobeText.again}
          </Button>
        </>
      )}
      {reading.data?.composition && <p role="status">{wardrobeText.label(reading.data.composition)}</p>}
      <ProblemText error={reading.error ?? change.error} />
    </section>
  );
}
