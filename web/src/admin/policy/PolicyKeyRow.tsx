/** One key of the policy: what holds, whose word it is, and a form that pins it. */
import { useRef, useState } from "react";

import { Button } from "../../parts/Button";
import { useNotice } from "../../parts/page/notices";
import { ProblemText } from "../../parts/Problem";
import { adminText } from "../text";
import { holds, usePin, type PolicyKey } from "../operations";

export function PolicyKeyRow({ policyKey }: { policyKey: PolicyKey }) {
  const { key, value, pin, ignored_pin } = policyKey;
  const now = holds(policyKey);
  const [draft, setDraft] = useState<string | null>(null); // null follows what holds
  const form = useRef<HTMLFormElement>(null);
  const change = usePin(key);
  const notice = useNotice();
  const label = (adminText.policy.keys as Record<string, string>)[key] ?? key;

  function put(next: string | null) {
    if (change.isPending) return;
    change.mutate(next, {
      onSuccess: () => {
        setDraft(null);
        // The button to unpin is gone then, and the focus with it.
        if (next === null) form.current?.querySelector<HTMLElement>("[name=value]")?.focus();
        notice({ message: next === null ? adminText.policy.unpinned(label) : adminText.policy.pinnedTo(label, said(key, next)) });
      },
    });
  }

  return (
    <li className="py-3" data-testid={`key-${key}`} data-pinned={pin !== null}>
      <form
        ref={form}
        className="grid grid-cols-[1fr_auto] items-center gap-x-3 gap-y-2 sm:grid-cols-[1fr_auto_auto]"
        onSubmit={(event) => {
          event.preventDefault();
          put(draft ?? now);
        }}
      >
        <div className="min-w-0">
          <p className="text-sm font-semibold">{label}</p>
          <p className="text-xs text-soft">
            <code>{key}</code>
          </p>
          {ignored_pin !== null && <p className="text-xs text-bad">{adminText.policy.ignoredPin(ignored_pin)}</p>}
          {pin !== null && <p className="text-xs text-warn">{adminText.policy.pinned(value === null ? null : said(key, value))}</p>}
        </div>
        <p className="text-right tabular-nums">
          <span className="font-semibold" data-testid="holds">
            {said(key, now)}
          </span>
          {pin === null && value === null && <span className="block text-xs text-soft">{adminText.policy.unset}</span>}
        </p>
        <div className="col-span-2 flex items-center justify-end gap-2 sm:col-span-1">
          <Value policyKey={policyKey} label={label} value={draft ?? now} onChange={setDraft} />
          <Button type="submit" className="px-4!" aria-label={adminText.policy.pinLabel(label)}>
            {adminText.policy.pin}
          </Button>
          {pin === null && ignored_pin === null ? (
            <span className="hidden w-18 sm:block" />
          ) : (
            <Button kind="quiet" className="w-18 px-0!" aria-label={adminText.policy.unpinLabel(label)} onClick={() => put(null)}>
              {adminText.policy.unpin}
            </Button>
          )}
        </div>
      </form>
      {change.error && (
        <div className="mt-2">
          <ProblemText error={change.error} />
        </div>
      )}
    </li>
  );
}

interface ValueProps {
  policyKey: PolicyKey;
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** A list where there are choices, else a number. */
function Value({ policyKey: { key, choices, minimum, maximum }, label, value, onChange }: ValueProps) {
  const common = {
    name: "value",
    "aria-label": adminText.policy.valueLabel(label),
    value,
    required: true,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
    className: "min-h-11 w-28 rounded-xl border border-line bg-card px-3 text-sm",
  };
  if (!choices) return <input type="number" min={minimum ?? undefined} max={maximum ?? undefined} {...common} />;
  return (
    <select {...common}>
      {choices.map((choice) => (
        <option key={choice} value={choice}>
          {said(key, choice)}
        </option>
      ))}
    </select>
  );
}

/** A value as people say it: a switch is on or off. */
function said(key: string, value: string): string {
  return (adminText.policy.values as Record<string, Record<string, string>>)[key]?.[value] ?? value;
}
