/** Several pictures of one job. */
import type { Job, Schemas } from "../../api";

export type Sample = Schemas["TryOnSample"];

/** The pictures of a try-on that was asked for several, the best first; none of another job. */
export function samplesOf(job: Pick<Job, "result">): Sample[] {
  return job.result?.job_type === "try_on" ? (job.result.samples ?? []) : [];
}

/** Whether there can be more pictures of it: its engine has seeds, and made one. */
export function mayMakeMore(job: Pick<Job, "result">): boolean {
  return job.result?.job_type === "try_on" && job.result.seed != null && samplesOf(job).length < 2;
}
