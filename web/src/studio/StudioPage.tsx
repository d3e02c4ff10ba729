/** The first page: two pictures and one button, and beside them, or above them on a phone, the stage. */
import { useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { useSession, useSite, useVton } from "../api";
import { CleanDialog } from "../clean/CleanDialog";
import { Button } from "../parts/Button";
import { ProblemText } from "../parts/Problem";
import { text } from "../text";
import { chooseSample } from "./chosen";
import { Example } from "./Example";
import { JobCard } from "./JobCard";
import { useRun, type Plan } from "./run";
import { StudioForm, type Draft } from "./StudioForm";

const NOTHING: Draft = { person: null, garment: null, part: "upper", cleaned: null };

export function StudioPage() {
  const [params, setParams] = useSearchParams();
  const session = useSession();
  const site = useSite();
  const navigate = useNavigate();
  const [draft, setDraft] = useState<Draft>(NOTHING);
  const change = (some: Partial<Draft>) => setDraft((old) => ({ ...old, ...some }));
  const [cleaning, setCleaning] = useState(false);
  const { run, start, setRun } = useRun();
  const stage = useRef<HTMLElement>(null);

  // "Change and run again" and "Add another garment" come with what they start from.
  const source = useVton(params.get("from"));
  const fromPerson = params.get("person");
  const [began, setBegan] = useState<string | null>(null);
  if (source.data && began !== source.data.id) {
    setBegan(source.data.id);
    change({ person: { from: "store", key: source.data.user_snap_s3 }, garment: { from: "store", key: source.data.uncleaned_outfit_s3 } });
    setRun(null);
  }
  if (fromPerson && began !== fromPerson) {
    setBegan(fromPerson);
    change({ person: { from: "store", key: fromPerson }, garment: null, cleaned: null });
    setRun(null);
  }

  const mayTry = session.data != null || site.data?.guests === true;
  const signIn = () => void navigate("/account", { state: { back: "/studio" } });

  function go(plan: Plan) {
    if (!mayTry) return signIn();
    void start(plan);
    stage.current?.focus({ preventScroll: true });
    scrollTo({ top: 0, behavior: "instant" }); // where there is one column, the stage comes first
  }

  async function goWithSample() {
    const [person, garment] = await Promise.all([chooseSample("people/mei.jpg", "person"), chooseSample("garments/striped.jpg", "garment")]);
    const plan = { person, garment, part: "upper", cleaned: null } as const;
    setDraft(plan);
    go(plan);
  }

  function again() {
    const { person, garment } = draft;
    if (person && garment) go({ ...draft, person, garment });
  }

  const trySample = () => void goWithSample().catch((error: unknown) => setRun({ at: "problem", error }));
  const { person, garment } = draft;
  return (
    <div className="grid gap-x-10 gap-y-4 lg:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-4">
        <div>
          <h1 className="font-display text-3xl font-semibold tracking-tight lg:text-4xl">{text.studio.title}</h1>
          <p className="mt-1 text-soft">{text.studio.lead}</p>
          {/* On a phone the example lies below the form; its button does not. */}
          {!run && mayTry && !person && !garment && (
            <Button className="mt-2 lg:hidden" onClick={trySample}>
              {text.studio.sample} <span aria-hidden>→</span>
            </Button>
          )}
        </div>
        <StudioForm draft={draft} onChange={change} busy={run?.at === "uploading"} mayTry={mayTry} onGo={again} onClean={() => (mayTry ? setCleaning(true) : signIn())} />
      </div>
      <section ref={stage} tabIndex={-1} aria-label={text.studio.stage} data-testid="stage" aria-busy={run?.at === "uploading"} className={`stage ${run ? "max-lg:order-first" : ""}`}>
        {!run ? (
          <Example onTry={mayTry ? trySample : null} />
        ) : run.at === "problem" ? (
          <div className="m-auto flex flex-col items-center gap-4">
            <ProblemText error={run.error} />
            <Button kind="primary" onClick={again}>
              {text.job.retry}
            </Button>
          </div>
        ) : (
          <JobCard
            jobId={run.at === "job" ? run.jobId : null}
            uploading={run.at === "uploading" ? run.progress : null}
            preview={person?.from === "file" ? person.preview : null}
            onRetry={again}
            onChange={() => {
              setRun(null);
              setParams({});
            }}
          />
        )}
      </section>
      {cleaning && person && garment && (
        <CleanDialog
          person={person}
          garment={garment}
          part={draft.part}
          onClose={() => setCleaning(false)}
          onDecide={(cleaned) => {
            change({ cleaned });
            setCleaning(false);
          }}
        />
      )}
    </div>
  );
}
