/** Two pictures and one button, and beside them, or above them on a phone, the stage: an example, or a try-on. */
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";

import { isFinal, Problem, useSession, useSite, useSomebody, useVton, type Vton } from "../api";
import { Button } from "../parts/Button";
import { ProblemText } from "../parts/Problem";
import { useTitle } from "../parts/page/title";
import { text } from "../text";
import { chooseLinked, linkedIn } from "./choose/address";
import { chooseSample, type Chosen } from "./choose/chosen";
import { changeDraft, useDraft } from "./choose/draft";
import { Example } from "./Example";
import { JobCard } from "./progress/JobCard";
import { useGarment } from "../wardrobe/garments";
import { useRun, type Plan } from "./run";
import { StudioForm } from "./choose/StudioForm";
import { TryOn } from "./TryOn";
import { UnderWay } from "./progress/UnderWay";

const CleanDialog = lazy(async () => ({ default: (await import("../clean/CleanDialog")).CleanDialog }));

/** A try-on's pictures once more. */
function planOf(vton: Vton): Plan {
  const job = vton.jobs.find(({ job_type }) => job_type === "try_on");
  return {
    person: { from: "store", key: vton.user_snap_s3 },
    garment: {
      from: "store",
      key: vton.uncleaned_outfit_s3,
      ...(vton.garment_id ? { garmentId: vton.garment_id } : {}),
    },
    part: job?.garment ?? "upper",
    cleaned: vton.cleaned_outfit_s3 ? { vtonId: vton.id, key: vton.cleaned_outfit_s3 } : null,
  };
}

/** Whether the gateway will say the same of the same pictures. */
const refused = (error: unknown) => error instanceof Problem && [400, 413, 415, 422].includes(error.status);

export function StudioPage() {
  const { id = null } = useParams();
  const [params, setParams] = useSearchParams();
  const session = useSession();
  const site = useSite();
  const navigate = useNavigate();
  const { draft, read } = useDraft();
  const [cleaning, setCleaning] = useState(false);
  const { run, start, setRun } = useRun();
  const stage = useRef<HTMLElement>(null);
  const here = useRef(true);
  /** The try-on whose page is being gone to: its address changes a moment after its job is there. */
  const [arriving, setArriving] = useState<string | null>(null);
  if (arriving !== null && arriving === id) setArriving(null);
  const form = useRef<HTMLDivElement>(null);
  const vton = useVton(id);
  const { person, garment } = draft;
  const newest = vton.data?.jobs.find(({ job_type }) => job_type === "try_on");
  useTitle(!id ? text.studio.title : newest && !isFinal(newest.status) ? text.studio.pending : text.studio.stage);

  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);

  // "Add another garment" comes with the person as dressed so far.
  const fromPerson = params.get("person");
  useEffect(() => {
    if (!fromPerson || !read) return;
    changeDraft({ person: { from: "store", key: fromPerson }, garment: null, cleaned: null });
    setRun(null);
    setParams({}, { replace: true });
  }, [fromPerson, read, setParams, setRun]);

  // "Try it on" of the wardrobe comes with the garment.
  const linked = linkedIn(params);
  const worn = useGarment(linked ? null : params.get("garment")).data;
  useEffect(() => {
    const key = worn?.picture_keys[0];
    if (!worn || !key || !read) return;
    changeDraft({ garment: { from: "store", key, garmentId: worn.id }, part: worn.part, partSaid: true, cleaned: null });
    setRun(null);
    setParams({}, { replace: true });
  }, [worn, read, setParams, setRun]);

  // A shop's link comes with a garment's address.
  const somebody = useSomebody();
  const [incoming, setIncoming] = useState<(() => Promise<Chosen>) | null>(null);
  const address = linked?.url;
  useEffect(() => {
    if (!linked || !read) return;
    // eslint-disable-next-line react-hooks/set-state-in-effect -- an address comes from outside
    setIncoming(() => () => chooseLinked(linked, somebody));
    setRun(null);
    setParams({}, { replace: true });
  }, [address, read]); // eslint-disable-line react-hooks/exhaustive-deps -- once an address

  // A try-on that is opened where nothing else is being chosen brings its pictures along.
  useEffect(() => {
    if (read && !person && !garment && vton.data) changeDraft({ ...planOf(vton.data), partSaid: true, tryId: vton.data.id });
  }, [read, person, garment, vton.data]);

  // Until it is known, nothing that is about to appear is left out.
  const mayTry = session.data != null || site.data?.guests !== false;
  const signIn = () => void navigate("/account", { state: { back: "/studio" } });

  /** `own` when the plan is what is chosen in the form. */
  async function go(plan: Plan, own: boolean) {
    if (!mayTry) return signIn();
    stage.current?.focus({ preventScroll: true });
    scrollTo({ top: 0, behavior: "instant" }); // where there is one column, the stage comes first
    const job = await start(plan);
    if (!job?.vton_id || !here.current) return;
    if (own) changeDraft({ tryId: job.vton_id });
    if (job.vton_id !== id) setArriving(job.vton_id);
    void navigate(`/try/${job.vton_id}`, { replace: job.vton_id === id });
  }

  async function goWithSample() {
    const [who, what] = await Promise.all([chooseSample("people/mei.jpg", "person"), chooseSample("garments/striped.jpg", "garment")]);
    const plan = { person: who, garment: what, part: "upper", cleaned: null } as const;
    changeDraft({ ...plan, partSaid: true });
    await go(plan, true);
  }

  function again() {
    if (person && garment) void go({ ...draft, person, garment }, true);
  }

  function changeAndRun(old: Vton) {
    if (draft.tryId !== old.id) changeDraft({ ...planOf(old), partSaid: true });
    void navigate("/studio");
    choose();
  }

  /** Back to the form, with the keyboard too: what was pressed in the stage is gone. */
  function choose() {
    setRun(null);
    form.current?.focus({ preventScroll: true });
  }

  const trySample = () => void goWithSample().catch((error: unknown) => setRun({ at: "problem", error }));
  const sending = run?.at === "uploading" || arriving !== null;
  const active = sending || run?.at === "problem" || id !== null;
  return (
    <div className="grid gap-x-10 gap-y-4 [overflow-anchor:none] lg:grid-cols-2">
      <div ref={form} tabIndex={-1} className="flex min-w-0 flex-col gap-4 outline-none">
        <div>
          <h1>{text.studio.title}</h1>
          {/* On a phone the example lies below the form; its button does not, and nothing moves when it goes. */}
          <div className="mt-1 flex min-h-12 flex-wrap items-center justify-between gap-3 lg:min-h-0">
            <p className="min-w-32 flex-1 text-soft max-lg:text-sm">{text.studio.lead}</p>
            {!active && mayTry && !person && !garment && (
              <Button className="max-w-40 shrink-0 lg:hidden" onClick={trySample}>
                {text.studio.sample}
              </Button>
            )}
          </div>
        </div>
        <UnderWay shown={id} />
        <StudioForm draft={draft} onChange={changeDraft} incoming={incoming} busy={sending} mayTry={mayTry} onGo={again} onClean={() => (mayTry ? setCleaning(true) : signIn())} />
      </div>
      <section ref={stage} tabIndex={-1} aria-label={text.studio.stage} data-testid="stage" aria-busy={sending} className={`stage ${active ? "max-lg:order-first" : ""}`}>
        {sending ? (
          <JobCard jobId={null} uploading={run?.at === "uploading" ? run.progress : 1} preview={person?.from === "file" ? person.preview : null} onRetry={again} onChange={choose} />
        ) : run?.at === "problem" ? (
          <div className="m-auto flex flex-col items-center gap-4">
            <ProblemText error={run.error} />
            {refused(run.error) ? (
              <Button kind="primary" onClick={choose}>
                {text.job.another}
              </Button>
            ) : (
              <Button kind="primary" onClick={again}>
                {text.job.retry}
              </Button>
            )}
          </div>
        ) : id ? (
          <TryOn
            key={id}
            id={id}
            jobId={run?.vtonId === id ? run.jobId : null}
            onRetry={(old) => (draft.tryId === old.id ? again() : void go(planOf(old), false))}
            onMore={(old) => void go({ ...planOf(old), samples: 4 }, draft.tryId === old.id)}
            onChange={changeAndRun}
            onGone={() => void navigate("/history")}
          />
        ) : (
          <Example onTry={mayTry ? trySample : null} />
        )}
      </section>
      {cleaning && person && garment && (
        <Suspense fallback={null}>
          <CleanDialog
            person={person}
            garment={garment}
            part={draft.part}
            onClose={() => setCleaning(false)}
            onDecide={(cleaned) => {
              changeDraft({ cleaned });
              setCleaning(false);
            }}
          />
        </Suspense>
      )}
    </div>
  );
}
