/** Where a job is, in the words that are shown and read out. */
import type { Job } from "./api";
import { text } from "./text";

/** From here on a pass has taken its last step: what is left is the picture's way to the store. */
const LAST_STEPS = 0.95;

type Staged = Pick<Job, "status"> & {
  progress?: number | null;
  step?: number | null;
  steps?: number | null;
  error?: { message: string } | null;
};

/** With the reason, where it failed. */
export function stageName({ status, progress, step, steps, error }: Staged): string {
  if (status !== "running") return `${text.job[status]}${error ? `. ${error.message}` : ""}`;
  if (!progress) return text.job.preparing;
  const over = steps ? (step ?? 0) >= steps : progress >= LAST_STEPS;
  return over ? text.job.finishing : text.job.running;
}

/** Which step it is at; null before the first, after the last, and of an engine that takes none. */
export function stepName({ status, step, steps }: Staged): string | null {
  return status === "running" && step && steps && step < steps ? text.job.step(step, steps) : null;
}
