/** A worker's seconds of a pass by batch size: dots as measured, a line as fitted, and the numbers as a table. */
import { adminText } from "../text";
import { fitted, measured, niceCeiling, place } from "./curve";
import { duration } from "../format";
import type { Worker } from "../operations";

const [WIDTH, HEIGHT] = [240, 72];
const LARGEST_BATCH = 8;

export function CurveChart({ worker: { seconds_by_batch, service_times } }: { worker: Worker }) {
  const dots = measured(seconds_by_batch ?? {});
  if (dots.length === 0) return <p className="text-sm text-soft">{adminText.curve.none}</p>;
  const most = Math.max(LARGEST_BATCH, ...dots.map(({ batch }) => batch));
  const line = service_times ? fitted(service_times, most) : [];
  const top = niceCeiling(Math.max(...[...dots, ...line].map(({ seconds }) => seconds)));
  const at = (point: (typeof dots)[number]) => place(point, most, top, WIDTH, HEIGHT);
  return (
    <figure className="min-w-0">
      <figcaption className="flex justify-between gap-3 text-xs text-soft">
        <span>{adminText.curve.title}</span>
        {service_times && <span className="whitespace-nowrap tabular-nums">{adminText.curve.error(service_times.error)}</span>}
      </figcaption>
      <svg role="img" aria-label={adminText.curve.label(dots.map(({ batch, seconds }) => adminText.curve.point(batch, duration(seconds))))} viewBox={`-42 -8 ${WIDTH + 54} ${HEIGHT + 28}`} className="mt-1 w-full">
        {[0, top / 2, top].map((seconds) => (
          <g key={seconds}>
            <line x1={0} x2={WIDTH} y1={HEIGHT * (1 - seconds / top)} y2={HEIGHT * (1 - seconds / top)} className="stroke-line" />
            <text x={-5} y={HEIGHT * (1 - seconds / top) + 3} textAnchor="end" className="fill-soft text-[11px]">
              {duration(seconds)}
            </text>
          </g>
        ))}
        {Array.from({ length: most }, (_, i) => (
          <text key={i} x={at({ batch: i + 1, seconds: 0 })[0]} y={HEIGHT + 15} textAnchor="middle" className="fill-soft text-[11px]">
            {most <= LARGEST_BATCH || i % 4 === 3 || i === 0 ? i + 1 : ""}
          </text>
        ))}
        <polyline points={line.map((point) => at(point).join(",")).join(" ")} className="fill-none stroke-accent" strokeWidth={1.5} />
        {dots.map((point) => (
          <circle key={point.batch} cx={at(point)[0]} cy={at(point)[1]} r={3} className="fill-ink" />
        ))}
      </svg>
      <details className="text-xs">
        <summary className="min-h-6 cursor-pointer text-soft">{adminText.curve.numbers}</summary>
        <table className="mt-1 w-full text-right tabular-nums">
          <thead>
            <tr className="text-soft">
              <th scope="col" className="font-normal">{adminText.curve.batch}</th>
              <th scope="col" className="font-normal">{adminText.curve.measured}</th>
              <th scope="col" className="font-normal">{adminText.curve.fitted}</th>
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: most }, (_, i) => (
              <tr key={i}>
                <th scope="row" className="font-normal">{i + 1}</th>
                <td>{seconds(dots.find(({ batch }) => batch === i + 1))}</td>
                <td>{seconds(line[i])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

const seconds = (point: { seconds: number } | undefined) => (point ? duration(point.seconds) : "–");
