/** From two chosen pictures to a queued job, telling at each moment how far it is. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";

import { jobKey, startTryOn, useSomebody, VTONS, type GarmentPart, type TryOnOptions } from "../api";
import { keyOf, type Chosen } from "./chosen";

export interface Plan {
  person: Chosen;
  garment: Chosen;
  part: GarmentPart;
  /** A VTON whose cut-out is used instead of the garment as it came. */
  cleaned: { vtonId: string } | null;
}

export type Run =
  | { at: "uploading"; progress: number }
  | { at: "job"; jobId: string }
  | { at: "problem"; error: unknown };

export function useRun() {
  const somebody = useSomebody();
  const queries = useQueryClient();
  const [run, setRun] = useState<Run | null>(null);

  const start = useCallback(
    async ({ person, garment, part, cleaned }: Plan) => {
      setRun({ at: "uploading", progress: 0 });
      const done = [0, 0];
      const report = (which: 0 | 1) => (fraction: number) => {
        done[which] = fraction;
        setRun({ at: "uploading", progress: ((done[0] ?? 0) + (done[1] ?? 0)) / 2 });
      };
      try {
        const user = await somebody();
        const [personKey, garmentKey] = await Promise.all([
          keyOf(person, user.id, report(0)),
          keyOf(garment, user.id, report(1)),
        ]);
        const options: TryOnOptions = { garment: part, clean: cleaned !== null };
        const job = await startTryOn({
          personKey,
          garmentKey,
          options,
          ...(garment.from === "store" && garment.garmentId ? { garmentId: garment.garmentId } : {}),
          ...(cleaned ? { vtonId: cleaned.vtonId } : {}),
        });
        queries.setQueryData(jobKey(job.job_id), job);
        void queries.invalidateQueries({ queryKey: VTONS });
        setRun({ at: "job", jobId: job.job_id });
      } catch (error) {
        setRun({ at: "problem", error });
      }
    },
    [queries, somebody],
  );
  return { run, start, setRun };
}
