/** What is to be known of a finished picture: what its photos lack, whether it was made again, what looks doubtful. */
import type { Job } from "../../api";
import { text } from "../../text";

export function Verdict({ job }: { job: Job }) {
  if (!job.warnings.length) return null;
  return (
    <section data-testid="verdict" aria-label={text.verdict.label} className={`rounded-xl bg-sunk px-4 py-2 text-sm ${job.low_confidence ? "text-warn" : "text-soft"}`}>
      {job.low_confidence && <p className="font-semibold">{text.verdict.doubtful}</p>}
      <ul className="flex flex-col gap-1">
        {job.warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
    </section>
  );
}
