/** Where a job is, in the words that are shown and read out. */
import type { Job } from "./api";
import { text } from "./text";

/** From here on a pass has taken its last step: what is left is the picture's way to the store. */
const LAST_STEPS = 0.95;

type Staged = Pick<Job, "status"> & { progress?: number | null; error?: { message: string } | null };

/** With the reason, where it failed. */
export function stageName({ status, progress, error }: Staged): string {
  if (status !== "running") return `${text.job[status]}${error ? `. ${error.message}` : ""}`;
  if (!progress) return text.job.preparing;
  return progress < LAST_STEPS ? text.job.running : text.job.finishing;
}
