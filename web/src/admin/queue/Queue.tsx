/** What waits and what is in work, by kind and lane. */
import { adminText } from "../text";
import { duration } from "../format";
import type { Queue } from "../operations";
import { Panel } from "../Panel";

/** The bar is full at this many jobs, or at the longest lane when that is longer. */
const FULL = 10;

export function QueuePanel({ queues, deadLetters }: { queues: Queue[]; deadLetters: number }) {
  const full = Math.max(FULL, ...queues.flatMap(({ lanes }) => lanes.map(({ waiting, in_work }) => waiting + in_work)));
  return (
    <Panel
      title={adminText.queue.title}
      aside={
        <a href="#dead-letters" className={`underline underline-offset-4 ${deadLetters > 0 ? "font-semibold text-bad" : ""}`}>
          {adminText.queue.deadLetters(deadLetters)}
        </a>
      }
    >
      <div className="flex flex-col gap-4">
        {queues.map(({ kind, average_wait_seconds, lanes }) => (
          <section key={kind} aria-label={name(kind)} data-testid={`queue-${kind}`}>
            <div className="flex items-baseline justify-between gap-4">
              <h3 className="font-semibold">{name(kind)}</h3>
              <p className="text-sm text-soft tabular-nums">{adminText.queue.wait(duration(average_wait_seconds))}</p>
            </div>
            <ul className="mt-1 flex flex-col gap-2">
              {lanes.map(({ lane, waiting, in_work, paused }) => (
                <li key={lane} className="grid grid-cols-[5rem_1fr] items-center gap-x-3 text-sm sm:grid-cols-[5rem_1fr_11rem]">
                  <span>{lane}</span>
                  <span aria-hidden className="flex h-3 gap-0.5 overflow-hidden rounded-full bg-sunk">
                    <span className="bg-good transition-[width]" style={{ width: `${(100 * in_work) / full}%` }} />
                    <span className="bg-warn transition-[width]" style={{ width: `${(100 * waiting) / full}%` }} />
                  </span>
                  <span className="col-start-2 tabular-nums sm:col-start-3 sm:text-right" data-testid={`lane-${kind}-${lane}`}>
                    <span className="text-warn">{adminText.queue.waiting(waiting)}</span>
                    {" · "}
                    <span className="text-good">{adminText.queue.inWork(in_work)}</span>
                    {paused && <span className="block font-semibold text-bad">{adminText.queue.paused}</span>}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Panel>
  );
}

function name(kind: string): string {
  return (adminText.queue.kinds as Record<string, string>)[kind] ?? kind;
}
