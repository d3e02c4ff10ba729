/** The queue, the policy and the cost on one screen, looked at every two seconds. */
import { Spinner } from "../parts/Spinner";
import { adminText } from "./text";
import { CostPanel } from "./workers/Cost";
import { DeadLetters } from "./queue/DeadLetters";
import { JobsByMinute } from "./queue/JobsByMinute";
import { clock } from "./format";
import { useOperations } from "./operations";
import { PolicyPanel } from "./policy/Policy";
import { QueuePanel } from "./queue/Queue";
import { ResultsChecked } from "./queue/ResultsChecked";
import { Workers } from "./workers/Workers";

export function Board() {
  const { data, error, dataUpdatedAt } = useOperations();
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 pt-2">
        <h1>{adminText.title}</h1>
        {data && <p className="text-sm text-soft tabular-nums">{adminText.lookedAt(clock(dataUpdatedAt))}</p>}
      </div>
      <div role="status">
        {error && (
          <p className="rounded-xl border border-warn/40 bg-card px-4 py-3 text-sm text-warn">
            {error.message} {data ? adminText.stale(clock(dataUpdatedAt)) : adminText.nothingYet}
          </p>
        )}
      </div>
      {!data && !error && <Spinner />}
      {data && (
        <div data-testid="board" data-stale={error !== null} className={`grid gap-4 lg:grid-cols-2 ${error ? "grayscale" : ""}`}>
          <div className="flex min-w-0 flex-col gap-4">
            <QueuePanel queues={data.queues} deadLetters={data.dead_letters} />
            <JobsByMinute minutes={data.jobs_by_minute} />
            <CostPanel cost={data.cost} />
          </div>
          <PolicyPanel policy={data.policy} />
          <div className="min-w-0 lg:col-span-2">
            <Workers workers={data.workers} now={data.at} />
          </div>
          <div className="min-w-0 lg:col-span-2">
            <ResultsChecked />
          </div>
          <div className="min-w-0 lg:col-span-2">
            <DeadLetters count={data.dead_letters} />
          </div>
        </div>
      )}
    </div>
  );
}
