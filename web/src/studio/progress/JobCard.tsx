/** One try-on as it goes: stages, place in the queue, time left, and what to do about it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, type ReactNode } from "react";

import { cancelJob, isFinal, jobKey, useJob, useSocketUp, useVton, VTONS } from "../../api";
import { Button } from "../../parts/Button";
import { Picture } from "../../parts/Picture";
import { ProblemText } from "../../parts/Problem";
import { ProgressBar } from "../../parts/ProgressBar";
import { announce } from "../../parts/page/announce";
import { stageName, stepName } from "../../stage";
import { text } from "../../text";
import { Expectation } from "./Expectation";
import { lowered } from "./lowered";
import { BELOW, PANE, Result } from "./Result";

const STAGES = ["uploading", "queued", "running", "completed"] as const;

interface Props {
  jobId: string | null;
  /** 0…1 while pictures go up; null after. */
  uploading: number | null;
  /** The picture to show while it goes up. */
  preview: string | null;
  onRetry: () => void;
  onMore?: () => void;
  onChange: () => void;
  /** More that can be done with a try-on. */
  children?: ReactNode;
}

export function JobCard({ jobId, uploading, preview, onRetry, onMore, onChange, children }: Props) {
  const job = useJob(jobId);
  const up = useSocketUp();
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: (id: string) => cancelJob(id),
    onSuccess: (ended) => {
      queries.setQueryData(jobKey(ended.job_id), ended);
      void queries.invalidateQueries({ queryKey: VTONS });
    },
    onError: () => void job.refetch(),
  });
  const state = job.data;
  // What was pressed goes when the job ends: the keyboard goes on in what holds this card.
  const place = useRef<HTMLElement | null>(null);
  const ended = state !== undefined && isFinal(state.status);
  useEffect(() => {
    if (!ended) return;
    place.current?.focus({ preventScroll: true });
    place.current = null;
  }, [ended]);
  const vton = useVton(state?.vton_id ?? null);
  const how = state ? lowered(state) : null;
  const status = uploading !== null || !state ? "uploading" : state.status;
  // What a worker says of a picture or of who is on it, it says of the same one again.
  const again = !/^(picture_|person_|garment_|photo_(refused|unsuitable)$)/.test(state?.error?.code ?? "");
  const stage = status === "uploading" || !state ? text.job.uploading : stageName(state);
  // As shown: events are told from the moment of the socket on, and a new guest has none yet.
  useEffect(() => announce(stage), [stage]);
  const heading = isFinal(status) ? text.job[status] : stage;
  if (state?.status === "completed")
    return (
      <Result key={state.job_id} job={state} onChange={onChange} onRetry={onRetry} {...(onMore ? { onMore } : {})}>
        {children}
      </Result>
    );
  return (
    <article aria-label={text.job[status]} data-status={status} data-testid="job-card" className={`${PANE} overflow-hidden rounded-3xl border border-line bg-card`}>
      {!isFinal(status) && (
        <div className="relative min-h-24 min-w-0 flex-1 overflow-hidden bg-sunk">
          {preview ? (
            <img src={preview} alt="" className={WAITING} />
          ) : (
            vton.data && <Picture objectKey={vton.data.user_snap_s3} alt="" className={WAITING} />
          )}
        </div>
      )}
      <div className={`${BELOW} p-5 ${isFinal(status) ? "m-auto" : "flex-1 basis-auto grow-0"}`}>
        <h2>{heading}</h2>
        {isFinal(status) ? null : (
          <>
            <Stages status={status} />
            <ProgressBar label={text.job[status]} value={status === "uploading" ? uploading : (status === "running" && state?.progress) || null} said={state ? stepName(state) : null} />
            {state && <Expectation job={state} />}
            {state?.mode && text.job.modes[state.mode] && <p className="text-sm text-soft">{text.job.modes[state.mode]}</p>}
            {how && <p className="text-sm text-warn">{text.job.lowering(how)}</p>}
            {!up && jobId && <p className="text-sm text-warn">{text.job.offline}</p>}
            {jobId && <p className="text-sm text-soft">{text.job.leave}</p>}
          </>
        )}
        {state?.error && <ProblemText error={state.error.message} />}
        <div className="flex flex-wrap gap-2">
          {state && !isFinal(state.status) && (
            <Button
              disabled={cancel.isPending}
              onClick={({ currentTarget }) => {
                place.current = currentTarget.closest<HTMLElement>("[tabindex='-1']");
                cancel.mutate(state.job_id);
              }}
            >
              {text.job.cancel}
            </Button>
          )}
          {isFinal(status) && (
            <>
              {again ? null : (
                <Button kind="primary" onClick={onChange}>
                  {text.job.another}
                </Button>
              )}
              <Button kind={again ? "primary" : "plain"} onClick={onRetry}>
                {text.job.retry}
              </Button>
              {again && <Button onClick={onChange}>{text.job.change}</Button>}
              {children}
            </>
          )}
        </div>
      </div>
    </article>
  );
}

const WAITING = "absolute inset-0 size-full scale-105 object-cover object-top opacity-60 blur-md";

function Stages({ status }: { status: string }) {
  const now = STAGES.indexOf(status as (typeof STAGES)[number]);
  return (
    <ol className="flex gap-1 text-xs">
      {STAGES.map((stage, i) => (
        <li key={stage} aria-current={i === now ? "step" : undefined} className={`flex-1 border-t-2 pt-1 ${i <= now ? "border-accent text-ink" : "border-line text-soft"}`}>
          {text.job.short[stage]}
        </li>
      ))}
    </ol>
  );
}
