/** Which size of a garment fits: in words, in one drawing, in the chart; or why none is named. */
import { useState } from "react";
import { Link } from "react-router";

import { Problem, useSession } from "../api";
import { useBody } from "../body/body";
import { look } from "../parts/Button";
import { ProblemText } from "../parts/Problem";
import { useGarment, type Garment } from "../wardrobe/garments";
import { ChartTable } from "./ChartTable";
import { Figure } from "./Figure";
import { told, useFit, type Advice, type Preference } from "./fit";
import { fitText } from "./text";

const PREFERENCES: Preference[] = ["close", "regular", "loose"];

export default function SizeAdvice({ garmentId }: { garmentId: string }) {
  const session = useSession();
  const garment = useGarment(garmentId);
  const body = useBody(session.data != null);
  const [preference, setPreference] = useState<Preference>("regular");
  const ready = garment.data?.chart_confirmed && garment.data.garment_class !== null;
  const advice = useFit(ready ? garment.data : undefined, body.data, preference);
  // It may have been removed from the wardrobe since.
  if (garment.error instanceof Problem && garment.error.status === 404) return null;
  return (
    <section aria-label={fitText.title} data-testid="size-advice" className="flex flex-col gap-4 rounded-3xl border border-line bg-card p-4 sm:p-6">
      <h2>{fitText.title}</h2>
      {garment.data && !ready && <Missing garment={garment.data} />}
      {ready && body.data && told(body.data) === "" && <Cure words={fitText.tellMeasures} to="/body" link={fitText.toMeasures} />}
      {ready && told(body.data) !== "" && (
        <>
          <fieldset>
            <legend className="mb-2 text-sm text-soft">{fitText.likes}</legend>
            <div className="inline-flex rounded-full bg-sunk p-1">
              {PREFERENCES.map((name) => (
                <label key={name} className="rounded-full px-4 py-2 text-sm has-checked:bg-card has-checked:font-semibold has-focus-visible:outline-3 has-focus-visible:outline-accent">
                  <input type="radio" name="preference" checked={preference === name} onChange={() => setPreference(name)} className="sr-only" />
                  {fitText.preferences[name]}
                </label>
              ))}
            </div>
          </fieldset>
          {/* Said by itself when it comes; the rest is there to be read. */}
          <div aria-live="polite">
            {advice.isPending && <p className="text-soft">{fitText.asking}</p>}
            {advice.data && <Headline advice={advice.data} />}
          </div>
          {advice.data && garment.data && <Reasons advice={advice.data} garment={garment.data} />}
        </>
      )}
      <ProblemText error={advice.error ?? garment.error ?? body.error} />
      <p className="text-sm text-soft">{fitText.picture}</p>
    </section>
  );
}

function Headline({ advice }: { advice: Advice }) {
  const size = advice.recommended ?? null;
  const other = advice.alternatives?.[0];
  return (
    <>
      <p className="font-display text-3xl font-semibold">{size === null ? fitText.none : fitText.size(size)}</p>
      {size === null ? (
        <p>{advice.explanation?.[0]}</p>
      ) : (
        advice.confidence && <p className="text-sm text-soft">{fitText.confidence[advice.confidence]}</p>
      )}
      {other && <p className="text-sm">{size === null ? fitText.nearest(other) : fitText.between(other)}</p>}
      {advice.refused === "missing_measurement" || advice.refused === "implausible_body" || advice.refused === "insufficient_evidence" ? (
        <Link className={`mt-2 ${look()}`} to="/body">
          {fitText.toMeasures}
        </Link>
      ) : null}
    </>
  );
}

function Reasons({ advice, garment }: { advice: Advice; garment: Garment }) {
  const size = advice.recommended ?? null;
  const words = (advice.explanation ?? []).slice(1);
  return (
    <>
      {(advice.sections ?? []).length > 0 && <Figure sections={advice.sections ?? []} />}
      {size !== null && words.length > 0 && (
        <details>
          <summary className="cursor-pointer py-2 text-sm font-semibold">{fitText.why}</summary>
          <ul className="list-disc pl-5 text-sm text-soft">
            {words.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </details>
      )}
      {garment.chart && <ChartTable chart={garment.chart} recommended={size} />}
    </>
  );
}

function Missing({ garment }: { garment: Garment }) {
  const words = garment.chart === null ? fitText.noChart : !garment.chart_confirmed ? fitText.confirmChart : fitText.noClass;
  return <Cure words={words} to={`/wardrobe/${garment.id}`} link={fitText.toGarment} />;
}

function Cure({ words, to, link }: { words: string; to: string; link: string }) {
  return (
    <div className="flex flex-col items-start gap-2">
      <p>{words}</p>
      <Link className={look()} to={to}>
        {link}
      </Link>
    </div>
  );
}
