/** The last hour's jobs as bars, a minute each: completed, and failed on top. */
import { adminText } from "../text";
import { niceCeiling } from "../workers/curve";
import { clock } from "../format";
import type { Minute } from "../operations";
import { Panel } from "../Panel";

const [WIDTH, HEIGHT, GAP] = [600, 96, 2];

export function JobsByMinute({ minutes }: { minutes: Minute[] }) {
  const completed = minutes.reduce((sum, minute) => sum + minute.completed, 0);
  const failed = minutes.reduce((sum, minute) => sum + minute.failed, 0);
  const most = Math.max(0, ...minutes.map((minute) => minute.completed + minute.failed));
  const top = Math.max(5, niceCeiling(most));
  const step = WIDTH / Math.max(1, minutes.length);
  const tall = (jobs: number) => (HEIGHT * jobs) / top;
  return (
    <Panel title={adminText.jobs.title} aside={adminText.jobs.sum(completed, failed)}>
      <div className="flex gap-2">
        <div aria-hidden className="flex flex-col justify-between text-right text-xs text-soft tabular-nums">
          <span>{top}</span>
          <span>0</span>
        </div>
        <svg
          role="img"
          aria-label={adminText.jobs.label(completed, failed, most)}
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="h-24 w-full border-b border-line"
        >
          {minutes.map(({ at, completed, failed }, i) => (
            <g key={at}>
              <title>{adminText.jobs.minute(clock(at), completed, failed)}</title>
              {/* The whole column, so that a pointer finds a short bar. */}
              <rect x={i * step} y={0} width={step} height={HEIGHT} className="fill-transparent" />
              <rect x={i * step} y={HEIGHT - tall(completed)} width={step - GAP} height={tall(completed)} className="fill-good" />
              <rect x={i * step} y={HEIGHT - tall(completed + failed)} width={step - GAP} height={tall(failed)} className="fill-bad" />
            </g>
          ))}
        </svg>
      </div>
      <div aria-hidden className="mt-1 flex justify-between pl-5 text-xs text-soft">
        <span>{adminText.jobs.ago}</span>
        <span className="text-good">■ {adminText.jobs.completed}</span>
        <span className="text-bad">■ {adminText.jobs.failed}</span>
        <span>{adminText.jobs.now}</span>
      </div>
    </Panel>
  );
}
