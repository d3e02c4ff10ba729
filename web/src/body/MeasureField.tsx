import { mean, parse, show, TWICE, unitOf, type MeasureName, type System } from "./measures";
import type { Written } from "./BodyForm";
import { bodyText } from "./text";

interface Props {
  name: MeasureName;
  system: System;
  written: Written;
  warning: string | null;
  wrong: boolean;
  onChange: (part: Partial<Written>) => void;
  onFocus: () => void;
}

/** One measure: once or twice, in the unit of the page. What speaks against it stands below it. */
export function MeasureField({ name, system, written, warning, wrong, onChange, onFocus }: Props) {
  const label = bodyText.names[name];
  const unit = bodyText.unit[unitOf(name, system)];
  const twice = TWICE.includes(name);
  const { value, apart } = mean(parse(written.first, name, system), twice ? parse(written.second, name, system) : null);
  const averaged = twice && written.first && written.second && value !== null && !Number.isNaN(value);
  const hints = [
    wrong && bodyText.number,
    averaged && bodyText.mean(`${show(value, name, system)} ${unit}`),
    apart && bodyText.apart,
    warning,
  ].filter((hint) => typeof hint === "string");
  const input = "min-h-11 w-24 rounded-xl border border-line bg-card px-3 text-base";
  return (
    <div className="flex flex-col gap-1" onFocus={onFocus}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <label htmlFor={`measure-${name}`} className="min-w-36 text-sm font-semibold">
          {label}
        </label>
        <input
          id={`measure-${name}`}
          inputMode="decimal"
          autoComplete="off"
          className={input}
          value={written.first}
          aria-invalid={wrong}
          aria-describedby={`measure-${name}-hints`}
          onChange={(event) => onChange({ first: event.target.value })}
        />
        {twice && (
          <input
            aria-label={bodyText.again(label)}
            inputMode="decimal"
            autoComplete="off"
            className={input}
            value={written.second}
            onChange={(event) => onChange({ second: event.target.value })}
          />
        )}
        <span className="text-sm text-soft">{unit}</span>
        <label className="flex min-h-11 items-center gap-2 text-sm text-soft">
          <input type="checkbox" className="size-5" checked={written.estimated} aria-label={bodyText.estimated(label)} onChange={(event) => onChange({ estimated: event.target.checked })} />
          <span aria-hidden>{bodyText.estimate}</span>
        </label>
      </div>
      <p id={`measure-${name}-hints`} aria-live="polite" className={`text-sm ${apart || warning || wrong ? "text-warn" : "text-soft"}`}>
        {hints.join(" ")}
      </p>
    </div>
  );
}
