/** Two pictures, where the garment is worn, and one button. */
import { Link } from "react-router";

import type { GarmentPart } from "../../api";
import { Button } from "../../parts/Button";
import { text } from "../../text";
import { SAMPLE_PART, type Chosen } from "./chosen";
import type { Draft } from "./draft";
import { Findings } from "./Findings";
import { PicturePicker } from "./PicturePicker";
import { useSeenHere } from "./seen";

const PARTS: GarmentPart[] = ["upper", "lower", "overall"];

interface Props {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  /** A garment that is being fetched. */
  incoming: (() => Promise<Chosen>) | null;
  busy: boolean;
  /** Whether there is somebody to try it on, or may be a guest. */
  mayTry: boolean;
  onGo: () => void;
  onClean: () => void;
}

export function StudioForm({ draft, onChange, incoming, busy, mayTry, onGo, onClean }: Props) {
  const { person, garment, part, cleaned } = draft;
  const missing = !person && !garment ? text.studio.need.both : !person ? text.studio.need.person : !garment ? text.studio.need.garment : null;
  const tried = draft.tryId !== null;
  const here = useSeenHere(tried ? null : person, tried ? null : garment);
  function chooseGarment(chosen: Chosen, sample?: string) {
    // Nothing of the garment before stays, least of all where it was worn.
    const known = chosen.part ?? SAMPLE_PART[sample ?? ""];
    onChange({ garment: chosen, cleaned: null, part: known ?? "upper", partSaid: known !== undefined || sample !== undefined });
  }
  return (
    <form
      aria-label={text.studio.title}
      className="flex flex-col gap-4 [&_:is(button,input)]:scroll-mb-24"
      onSubmit={(event) => {
        event.preventDefault();
        onGo();
      }}
    >
      <div className="grid grid-cols-[repeat(auto-fit,minmax(min(9rem,100%),1fr))] gap-3 sm:gap-6">
        <PicturePicker kind="person" chosen={person} takesPaste={!person} onChoose={(chosen) => onChange({ person: chosen })}>
          {person && <Findings kind="person" chosen={person} part={part} here={here.person} tried={tried} />}
        </PicturePicker>
        <PicturePicker kind="garment" chosen={garment} takesPaste={person !== null} cutOut={cleaned?.key ?? null} onChoose={chooseGarment} incoming={incoming}>
          {garment && (
            <Findings
              kind="garment"
              chosen={garment}
              part={part}
              here={here.garment}
              tried={tried}
              onPart={(found) => garment.from === "file" && !draft.partSaid && found !== part && onChange({ part: found })}
            />
          )}
        </PicturePicker>
      </div>
      <fieldset className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <legend className="text-sm text-soft max-sm:sr-only sm:contents">{text.studio.part}</legend>
        <div className="inline-flex flex-wrap rounded-3xl bg-sunk p-1">
          {PARTS.map((name) => (
            <label key={name} className="rounded-full px-4 py-2 text-sm has-checked:bg-card has-checked:font-semibold has-checked:shadow-sm has-focus-visible:outline-3 has-focus-visible:outline-accent">
              <input type="radio" name="part" value={name} checked={part === name} onChange={() => onChange({ part: name, partSaid: true })} className="sr-only" />
              {text.studio.parts[name]}
            </label>
          ))}
        </div>
      </fieldset>
      {person && garment && (
        <div className="flex items-center gap-3">
          <Button className="max-sm:grow" aria-describedby="clean-hint" onClick={onClean}>
            {cleaned ? `✓ ${text.clean.title}` : text.studio.cleanOffer}
          </Button>
          <span id="clean-hint" className="max-w-60 text-xs text-soft max-sm:sr-only">
            {text.studio.cleanHint}
          </span>
        </div>
      )}
      {/* In view whatever lies above it; what slides beneath it does not show through. */}
      <div data-testid="go-bar" className="sticky bottom-[var(--tabs)] z-20 flat:static -mx-4 flex flex-col bg-paper px-4 py-3 sm:mx-0 sm:px-0">
        <Button kind="primary" type="submit" className="min-h-13 text-base" disabled={missing !== null || busy} aria-describedby="missing">
          {busy ? text.studio.going : text.studio.go}
        </Button>
      </div>
      <p id="missing" className="text-sm text-soft">
        {missing ?? (mayTry ? text.studio.privacy : <Link to="/account">{text.studio.signInFirst}</Link>)}
      </p>
    </form>
  );
}
