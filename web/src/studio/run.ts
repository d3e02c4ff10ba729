/** From two chosen pictures to a queued job, telling at each moment how far it is. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";

import { keepJob, NOT_SIGNED_IN, Problem, startTryOn, useSomebody, vtonKey, VTONS, type GarmentPart, type Job, type TryOnOptions } from "../api";
import { keyOf, toldOf, type Chosen } from "./choose/chosen";

export interface Plan {
  person: Chosen;
  garment: Chosen;
  part: GarmentPart;
  /** A VTON whose cut-out is used instead of the garment as it came. */
  cleaned: { vtonId: string; key: string } | null;
  /** So many pictures; one where it is left out. */
  samples?: number;
}

export type Run =
  | { at: "uploading"; progress: number }
  | { at: "job"; jobId: string; vtonId: string | null }
  | { at: "problem"; error: unknown };

export function useRun() {
  const somebody = useSomebody();
  const queries = useQueryClient();
  const [run, setRun] = useState<Run | null>(null);

  const start = useCallback(
    /** The job, once it is queued; null when that failed, and `run` says why. */
    async ({ person, garment, part, cleaned, samples }: Plan): Promise<Job | null> => {
      setRun({ at: "uploading", progress: 0 });
      const done = [0, 0];
      const report = (which: 0 | 1) => (fraction: number) => {
        done[which] = fraction;
        setRun({ at: "uploading", progress: ((done[0] ?? 0) + (done[1] ?? 0)) / 2 });
      };
      let guest = false;
      const send = async () => {
        const user = await somebody();
        guest = user.guest;
        const [personKey, garmentKey] = await Promise.all([
          keyOf(person, user.id, report(0)),
          keyOf(garment, user.id, report(1)),
        ]);
        const options: TryOnOptions = { garment: part, clean: cleaned !== null, ...(samples ? { samples } : {}) };
        return startTryOn({
          personKey,
          garmentKey,
          options,
          ...toldOf(garment),
          ...(cleaned ? { vtonId: cleaned.vtonId } : {}),
        });
      };
      try {
        // A guest whose session ended without a word is another one by now; of an account the owner is asked for.
        const job = await send().catch((error: unknown) => {
          if (guest && error instanceof Problem && error.code === NOT_SIGNED_IN) return send();
          throw error;
        });
        keepJob(queries, job);
        void queries.invalidateQueries({ queryKey: VTONS });
        if (job.vton_id) void queries.invalidateQueries({ queryKey: vtonKey(job.vton_id) });
        setRun({ at: "job", jobId: job.job_id, vtonId: job.vton_id });
        return job;
      } catch (error) {
        setRun({ at: "problem", error });
        return null;
      }
    },
    [queries, somebody],
  );
  return { run, start, setRun };
}
