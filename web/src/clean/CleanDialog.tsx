/** The garment cut out of its background, looked at before it is used. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { isFinal, keepJob, makeVton, startTailor, useJob, useSomebody, type GarmentPart } from "../api";
import { Button } from "../parts/Button";
import { Dialog } from "../parts/Dialog";
import { Picture } from "../parts/Picture";
import { ProblemText } from "../parts/Problem";
import { ProgressBar } from "../parts/ProgressBar";
import { keyOf, toldOf, type Chosen } from "../studio/choose/chosen";
import { text } from "../text";
import { AnchorEditor } from "./AnchorEditor";
import { DEFAULT_ANCHORS, type Anchors } from "./anchors";

/** On a phone it lies above the cut-out, which is what is to be looked at. */
const ORIGINAL = "max-h-[20dvh] w-full rounded-2xl bg-sunk object-contain md:max-h-[55dvh]";

interface Props {
  person: Chosen;
  garment: Chosen;
  part: GarmentPart;
  onDecide: (decision: { vtonId: string; key: string } | null) => void;
  onClose: () => void;
}

export function CleanDialog({ person, garment, part, onDecide, onClose }: Props) {
  const somebody = useSomebody();
  const queries = useQueryClient();
  const [jobId, setJobId] = useState<string | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const started = useRef(false);
  const job = useJob(jobId);

  useEffect(() => {
    if (started.current) return; // StrictMode mounts twice; one cut-out is enough
    started.current = true;
    void (async () => {
      try {
        const user = await somebody();
        const nothing = () => undefined;
        const [personKey, garmentKey] = await Promise.all([keyOf(person, user.id, nothing), keyOf(garment, user.id, nothing)]);
        const { title, garmentId } = toldOf(garment);
        const vton = await makeVton(personKey, garmentKey, title, garmentId);
        const begun = await startTailor(vton.id, garmentKey, part);
        keepJob(queries, begun);
        setJobId(begun.job_id);
      } catch (error) {
        setProblem(error);
      }
    })();
  }, [garment, part, person, queries, somebody]);

  const done = job.data?.status === "completed" ? job.data : null;
  const failed = job.data && isFinal(job.data.status) && !done;
  return (
    <Dialog title={text.clean.title} onClose={onClose} wide={done !== null}>
      {!done && !failed && !problem && (
        <div className="flex flex-col gap-3 py-6">
          <p role="status">{text.clean.cutting}</p>
          <ProgressBar label={text.clean.cutting} value={null} />
        </div>
      )}
      <ProblemText error={problem ?? (failed ? (job.data?.error?.message ?? text.job.failed) : null)} />
      {done?.result_s3_key && (
        <div className="grid gap-3 md:grid-cols-2 md:gap-6">
          <figure className="flex flex-col gap-2">
            {garment.from === "file" ? (
              <img src={garment.preview} alt={text.clean.keepOriginal} className={ORIGINAL} />
            ) : (
              <Picture objectKey={garment.key} alt={text.clean.keepOriginal} className={ORIGINAL} />
            )}
          </figure>
          <AnchorEditor cleanedKey={done.result_s3_key} found={(done.anchors as Anchors | null) ?? DEFAULT_ANCHORS} />
        </div>
      )}
      {done?.low_confidence && <p className="mt-4 rounded-xl bg-sunk px-4 py-3 text-sm text-warn">{text.clean.low}</p>}
      {/* In view however high the pictures are. */}
      <div className="sticky bottom-0 -mx-6 -mb-6 flex flex-wrap justify-end gap-2 bg-card px-6 py-4">
        <Button onClick={() => onDecide(null)}>{text.clean.keepOriginal}</Button>
        {done?.vton_id && done.result_s3_key && (
          <Button kind="primary" onClick={() => onDecide({ vtonId: done.vton_id as string, key: done.result_s3_key as string })}>
            {text.clean.keepCut}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
