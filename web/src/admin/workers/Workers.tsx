/** Who works: each instance with its engine, what it did, and how long its passes take. */
import { adminText } from "../text";
import { CurveChart } from "./CurveChart";
import { between, duration, moment } from "../format";
import type { Worker } from "../operations";
import { Panel } from "../Panel";

/** Of the heartbeats that come every few seconds; a key older than 15 s is gone. */
const LATE_SECONDS = 10;

export function Workers({ workers, now }: { workers: Worker[]; now: string }) {
  return (
    <Panel title={adminText.workers.title} aside={adminText.workers.count(workers.length, workers.filter(({ busy }) => busy).length)}>
      {workers.length === 0 && <p className="text-sm text-warn">{adminText.workers.none}</p>}
      <ul className={`grid gap-3 md:grid-cols-2 ${workers.length > 2 ? "lg:grid-cols-3" : ""}`}>
        {workers.map((worker) => (
          <li key={`${worker.service}.${worker.instance}`} className="@container min-w-0 rounded-xl bg-sunk p-4" data-testid="worker">
            <WorkerCard worker={worker} now={now} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function WorkerCard({ worker, now }: { worker: Worker; now: string }) {
  const { service, instance, engine, engine_reason, preview, device, busy, jobs_done, jobs_failed, started_at, at } = worker;
  const silent = between(at, now);
  const facts: [string, string, string?][] = [
    [adminText.workers.engine, preview ? adminText.workers.preview(engine) : engine, engine_reason],
    [adminText.workers.device, device],
    [adminText.workers.jobs, adminText.workers.done(jobs_done, jobs_failed)],
    [adminText.workers.started, adminText.workers.ago(duration(between(started_at, now))), moment(started_at)],
  ];
  return (
    <div className="grid content-start gap-x-6 gap-y-2 @md:grid-cols-[auto_1fr]">
      <div className="flex items-baseline justify-between gap-3 @md:col-span-2">
        <h3 className="font-semibold">
          {service} <span className="font-normal break-all text-soft">{instance}</span>
        </h3>
        <span className={`text-sm ${busy ? "font-semibold text-good" : "text-soft"}`}>{busy ? adminText.workers.busy : adminText.workers.idle}</span>
      </div>
      <dl className="grid content-start grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 text-sm">
        {facts.map(([term, said, more]) => (
          <div key={term} className="col-span-2 grid grid-cols-subgrid">
            <dt className="text-soft">{term}</dt>
            <dd className="min-w-0 break-words tabular-nums" title={more}>
              {said}
            </dd>
          </div>
        ))}
        <div className="col-span-2 grid grid-cols-subgrid">
          <dt className="text-soft">{adminText.workers.heartbeat}</dt>
          <dd className={`tabular-nums ${silent > LATE_SECONDS ? "font-semibold text-bad" : ""}`} data-testid="heartbeat">
            {adminText.workers.ago(duration(silent))}
          </dd>
        </div>
      </dl>
      <CurveChart worker={worker} />
    </div>
  );
}
