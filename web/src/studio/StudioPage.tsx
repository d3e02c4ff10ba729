/** The first page: two pictures, one button, and the result beside them. */
import { useEffect, useRef, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";

import { useSession, useSite, useVton, type GarmentPart } from "../api";
import { CleanDialog } from "../clean/CleanDialog";
import { Button } from "../parts/Button";
import { ProblemText } from "../parts/Problem";
import { text } from "../text";
import { chooseSample, SAMPLE_PART, type Chosen } from "./chosen";
import { Example } from "./Example";
import { JobCard } from "./JobCard";
import { PicturePicker } from "./PicturePicker";
import { useRun } from "./run";
import { useGarment } from "../wardrobe/garments";

const PARTS: GarmentPart[] = ["upper", "lower", "overall"];

export function StudioPage() {
  const [params, setParams] = useSearchParams();
  const session = useSession();
  const site = useSite();
  const navigate = useNavigate();
  const [person, setPerson] = useState<Chosen | null>(null);
  const [garment, setGarment] = useState<Chosen | null>(null);
  const [part, setPart] = useState<GarmentPart>("upper");
  const [cleaned, setCleaned] = useState<{ vtonId: string } | null>(null);
  const [cleaning, setCleaning] = useState(false);
  const { run, start, setRun } = useRun();
  const outcome = useRef<HTMLDivElement>(null);

  // "Change and run again" and "Add another garment" come with what they start from.
  const source = useVton(params.get("from"));
  const fromPerson = params.get("person");
  const worn = useGarment(params.get("garment"));
  const [began, setBegan] = useState<string | null>(null);
  if (source.data && began !== source.data.id) {
    setBegan(source.data.id);
    setPerson({ from: "store", key: source.data.user_snap_s3 });
    setGarment({ from: "store", key: source.data.uncleaned_outfit_s3 });
    setRun(null);
  }
  if (worn.data && began !== worn.data.id) {
    setBegan(worn.data.id);
    setGarment({ from: "store", key: worn.data.picture_keys[0] as string, garmentId: worn.data.id });
    setPart(worn.data.part);
    setRun(null);
  }
  if (fromPerson && began !== fromPerson) {
    setBegan(fromPerson);
    setPerson({ from: "store", key: fromPerson });
    setGarment(null);
    setCleaned(null);
    setRun(null);
  }

  useEffect(() => {
    if (run) outcome.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }, [run?.at]); // eslint-disable-line react-hooks/exhaustive-deps -- once a stage, not once a progress report

  const mayTry = session.data != null || site.data?.guests === true;

  function go(plan: { person: Chosen; garment: Chosen; part: GarmentPart; cleaned: typeof cleaned }) {
    if (!mayTry) void navigate("/account", { state: { back: "/studio" } });
    else void start(plan);
  }

  async function goWithSample() {
    const chosen = await Promise.all([chooseSample("people/mei.jpg", "person"), chooseSample("garments/striped.jpg", "garment")]);
    setPerson(chosen[0]);
    setGarment(chosen[1]);
    setPart("upper");
    setCleaned(null);
    go({ person: chosen[0], garment: chosen[1], part: "upper", cleaned: null });
  }

  function again() {
    if (person && garment) go({ person, garment, part, cleaned });
  }

  const trySample = () => void goWithSample().catch((error: unknown) => setRun({ at: "problem", error }));
  const missing = !person && !garment ? text.studio.need.both : !person ? text.studio.need.person : !garment ? text.studio.need.garment : null;
  const busy = run?.at === "uploading";
  const preview = person?.from === "file" ? person.preview : null;
  return (
    <div className="flex flex-col gap-6">
      <div className="pt-2">
        <h1 className="font-display text-4xl font-semibold tracking-tight sm:text-5xl">{text.studio.title}</h1>
        <p className="mt-2 max-w-xl text-lg text-soft">{text.studio.lead}</p>
        {/* On a phone the example lies below the form; its button does not. */}
        {!run && mayTry && (
          <Button className="mt-4 lg:hidden" onClick={trySample}>
            {text.studio.sample} <span aria-hidden>→</span>
          </Button>
        )}
      </div>
      <div className="grid gap-8 lg:grid-cols-[3fr_2fr] lg:gap-12">
        <form
          aria-label={text.studio.title}
          className="flex flex-col gap-6"
          onSubmit={(event) => {
            event.preventDefault();
            again();
          }}
        >
          <div className="grid grid-cols-2 gap-3 sm:gap-6">
            <PicturePicker kind="person" chosen={person} onChoose={setPerson} />
            <PicturePicker
              kind="garment"
              chosen={garment}
              onChoose={(chosen, sample) => {
                setGarment(chosen);
                setCleaned(null);
                if (sample) setPart(SAMPLE_PART[sample] ?? "upper");
              }}
            />
          </div>
          <fieldset>
            <legend className="mb-2 text-sm text-soft">{text.studio.part}</legend>
            <div className="inline-flex rounded-full bg-sunk p-1">
              {PARTS.map((name) => (
                <label key={name} className="rounded-full px-4 py-2 text-sm has-checked:bg-card has-checked:font-semibold has-checked:shadow-sm has-focus-visible:outline-3 has-focus-visible:outline-accent">
                  <input type="radio" name="part" value={name} checked={part === name} onChange={() => setPart(name)} className="sr-only" />
                  {text.studio.parts[name]}
                </label>
              ))}
            </div>
          </fieldset>
          {person && garment && (
            <div className="flex flex-wrap items-center gap-3 text-sm">
              <Button onClick={() => (mayTry ? setCleaning(true) : void navigate("/account", { state: { back: "/studio" } }))}>
                {cleaned ? `✓ ${text.clean.title}` : text.studio.cleanOffer}
              </Button>
              <span className="max-w-sm text-soft">{text.studio.cleanHint}</span>
            </div>
          )}
          <div className="sticky bottom-16 z-20 flex flex-col gap-2 md:static">
            <Button kind="primary" type="submit" className="min-h-13 text-base shadow-lg" disabled={missing !== null || busy} aria-describedby="missing">
              {busy ? text.studio.going : text.studio.go}
            </Button>
          </div>
          <p id="missing" className="text-sm text-soft">
            {missing ?? (mayTry ? text.studio.privacy : <Link to="/account">{text.studio.signInFirst}</Link>)}
          </p>
        </form>
        {!run ? (
          <Example onTry={mayTry ? trySample : null} />
        ) : (
          <div ref={outcome} aria-busy={busy}>
            {run.at === "problem" ? (
              <div className="flex flex-col items-start gap-4">
                <ProblemText error={run.error} />
                <Button kind="primary" onClick={again}>
                  {text.job.retry}
                </Button>
              </div>
            ) : (
              <JobCard
                jobId={run.at === "job" ? run.jobId : null}
                uploading={run.at === "uploading" ? run.progress : null}
                preview={preview}
                onRetry={again}
                onChange={() => {
                  setRun(null);
                  setParams({});
                }}
              />
            )}
          </div>
        )}
      </div>
      {cleaning && person && garment && (
        <CleanDialog
          person={person}
          garment={garment}
          part={part}
          onClose={() => setCleaning(false)}
          onDecide={(decision) => {
            setCleaned(decision);
            setCleaning(false);
          }}
        />
      )}
    </div>
  );
}
