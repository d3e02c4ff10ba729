/** What the work costs, and what that is reckoned from. */
import { adminText } from "../text";
import { amount } from "../format";
import type { Cost } from "../operations";
import { Panel } from "../Panel";

export function CostPanel({ cost: { gpu_hour_price, weavers, per_hour, per_image } }: { cost: Cost }) {
  if (gpu_hour_price === null)
    return (
      <Panel title={adminText.cost.title}>
        <p className="text-sm text-soft">
          {adminText.cost.noPrice.before}
          <code className="break-all text-ink">PROTEUS_GPU_HOUR_PRICE</code>
          {adminText.cost.noPrice.after}
        </p>
      </Panel>
    );
  const figures: [string, number | null][] = [
    [adminText.cost.perHour, per_hour],
    [adminText.cost.perImage, per_image],
  ];
  return (
    <Panel title={adminText.cost.title}>
      <dl className="grid grid-cols-2 gap-3">
        {figures.map(([term, value]) => (
          <div key={term} className="flex flex-col-reverse">
            <dt className="text-sm text-soft">{term}</dt>
            <dd className="font-display text-3xl font-semibold tabular-nums">{value === null ? "–" : amount(value)}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-2 text-sm text-soft">
        {adminText.cost.basis(weavers, amount(gpu_hour_price))}
        {per_image === null && ` ${adminText.cost.noImages}`}
      </p>
    </Panel>
  );
}
