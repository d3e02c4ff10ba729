/** The pictures of a job that was asked for several, the best first: one is picked to be looked at and kept. */
import { Picture } from "../../parts/Picture";
import { text } from "../../text";
import type { Sample } from "./several";

interface Props {
  samples: Sample[];
  picked: string;
  onPick: (key: string) => void;
}

export function Samples({ samples, picked, onPick }: Props) {
  if (samples.length < 2) return null;
  return (
    <fieldset data-testid="samples" className="flex flex-wrap gap-2">
      <legend className="sr-only">{text.result.samples}</legend>
      {samples.map(({ key, thumbnail_key, verdict }, i) => (
        <label key={key} className="overflow-hidden rounded-xl border-2 border-line has-checked:border-accent has-focus-visible:outline-3 has-focus-visible:outline-accent">
          <input type="radio" name="sample" checked={key === picked} onChange={() => onPick(key)} className="sr-only" />
          <Picture objectKey={thumbnail_key} alt={text.result.sample(i + 1, verdict === "retry" || verdict === "reject")} className="h-24 w-18 object-cover object-top" />
        </label>
      ))}
    </fieldset>
  );
}
