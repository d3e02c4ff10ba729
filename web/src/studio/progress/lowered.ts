/** What the arbitrator took from a picture so that it came in time. */
import type { Job } from "../../api";
import { text } from "../../text";

/** How the picture is made instead, as part of a sentence; null in full quality. */
export function lowered(job: Pick<Job, "degraded" | "quality">): string | null {
  const steps = job.quality != null && job.quality !== "full";
  if (job.degraded) return steps ? text.job.lower.both : text.job.lower.size;
  return steps ? text.job.lower.steps : null;
}
