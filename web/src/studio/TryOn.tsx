/** The try-on of `/try/{id}` in the stage: how it goes, or what came of it. */
import { Link } from "react-router";

import { useVton, type Vton } from "../api";
import { useRemove } from "../history/removal";
import { Button, look } from "../parts/Button";
import { ProblemText } from "../parts/Problem";
import { Spinner } from "../parts/Spinner";
import { text } from "../text";
import { JobCard } from "./progress/JobCard";

interface Props {
  id: string;
  /** The job of it that was just begun here, before the try-on itself tells of it. */
  jobId: string | null;
  onRetry: (vton: Vton) => void;
  /** Several pictures of it. */
  onMore: (vton: Vton) => void;
  onChange: (vton: Vton) => void;
  onGone: () => void;
}

export function TryOn({ id, jobId, onRetry, onMore, onChange, onGone }: Props) {
  const vton = useVton(id);
  const remove = useRemove();
  const { data } = vton;
  const job = jobId ?? data?.jobs.find(({ job_type }) => job_type === "try_on")?.job_id;
  const actions = (
    <Button
      kind="quiet"
      onClick={() => {
        remove(id);
        onGone();
      }}
    >
      {text.history.delete}
    </Button>
  );
  if (job)
    return (
      <JobCard
        jobId={job}
        uploading={null}
        preview={null}
        onRetry={() => data && onRetry(data)}
        onMore={() => data && onMore(data)}
        onChange={() => data && onChange(data)}
      >
        {actions}
      </JobCard>
    );
  return (
    <div className="m-auto flex flex-col items-center gap-4">
      {vton.isPending ? (
        <Spinner />
      ) : data ? (
        <>
          <p>{text.job.draft}</p>
          <Button kind="primary" onClick={() => onRetry(data)}>
            {text.studio.go}
          </Button>
          {actions}
        </>
      ) : (
        <>
          <ProblemText error={vton.error} />
          <Link to="/history" className={look()}>
            {text.nav.history}
          </Link>
        </>
      )}
    </div>
  );
}
