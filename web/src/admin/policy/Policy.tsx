/** What the arbitrator wants and why, and an operator's own word for it. */
import { adminText } from "../text";
import { holds, type Operations } from "../operations";
import { Panel } from "../Panel";
import { PolicyKeyRow } from "./PolicyKeyRow";

const MODE = "weaver.mode";

export function PolicyPanel({ policy }: { policy: Operations["policy"] }) {
  const key = policy.keys.find(({ key }) => key === MODE);
  const mode = key ? holds(key) : "";
  return (
    <Panel title={adminText.policy.title}>
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-1">
        <p className="font-display text-4xl font-semibold tracking-tight text-accent" data-testid="mode">
          {mode}
        </p>
        <p className="min-w-48 flex-1 text-sm text-soft">{(adminText.policy.modes as Record<string, string>)[mode]}</p>
        <p className="w-full text-sm">{policy.reason ?? adminText.policy.noReason}</p>
      </div>
      <ul className="divide-y divide-line border-t border-line">
        {policy.keys.map((each) => (
          <PolicyKeyRow key={each.key} policyKey={each} />
        ))}
      </ul>
    </Panel>
  );
}
