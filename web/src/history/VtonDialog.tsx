/** One try-on in full: its result or how it goes, and what can be done with it. */
import { useNavigate } from "react-router";

import { useVton } from "../api";
import { Button } from "../parts/Button";
import { Dialog } from "../parts/Dialog";
import { ProblemText } from "../parts/Problem";
import { Spinner } from "../parts/Spinner";
import { JobCard } from "../studio/JobCard";
import { text } from "../text";

export function VtonDialog({ id, onClose, onDelete }: { id: string; onClose: () => void; onDelete: () => void }) {
  const vton = useVton(id);
  const navigate = useNavigate();
  const newest = vton.data?.jobs.find((job) => job.job_type === "try_on");
  const again = () => void navigate(`/studio?from=${id}`);
  return (
    <Dialog title={vton.data?.title ?? text.history.open} onClose={onClose}>
      {vton.isPending && <Spinner />}
      <ProblemText error={vton.error} />
      {newest && (
        <div className="flex min-h-[60dvh] flex-col">
          <JobCard jobId={newest.job_id} uploading={null} preview={null} onRetry={again} onChange={again} />
        </div>
      )}
      {vton.data && !newest && (
        <div className="flex flex-col items-start gap-4">
          <p>{text.job.draft}</p>
          <Button kind="primary" onClick={again}>
            {text.studio.go}
          </Button>
        </div>
      )}
      <div className="mt-6 flex justify-end">
        <Button kind="danger" onClick={onDelete}>
          {text.history.delete}
        </Button>
      </div>
    </Dialog>
  );
}
