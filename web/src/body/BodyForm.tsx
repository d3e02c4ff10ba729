import { useState, type FormEvent } from "react";

import { Button } from "../parts/Button";
import { useNotice } from "../parts/page/notices";
import { ProblemText } from "../parts/Problem";
import { useEraseBody, useSaveBody, type BodyUpdate, type BodyView } from "./body";
import { MeasureField } from "./MeasureField";
import { mean, MEASURES, parse, show, TWICE, type MeasureName, type System } from "./measures";
import { Tape } from "./Tape";
import { bodyText } from "./text";

export interface Written {
  first: string;
  second: string;
  estimated: boolean;
}
type Form = Record<MeasureName, Written>;

const SYSTEM = "proteus-units";

function formOf(body: BodyView, system: System): Form {
  const written = MEASURES.map((name) => {
    const told = body[name];
    return [name, { first: told ? show(told.value, name, system) : "", second: "", estimated: told?.source === "estimated" }];
  });
  return Object.fromEntries(written) as Form;
}

export function BodyForm({ body }: { body: BodyView }) {
  const [system, setSystem] = useState<System>(() => (localStorage.getItem(SYSTEM) === "imperial" ? "imperial" : "metric"));
  const [form, setForm] = useState(() => formOf(body, system));
  const [place, setPlace] = useState<MeasureName>("chest");
  const [wrong, setWrong] = useState<MeasureName | null>(null);
  const save = useSaveBody();
  const erase = useEraseBody();
  const notice = useNotice();

  const change = (name: MeasureName, part: Partial<Written>) => setForm({ ...form, [name]: { ...form[name], ...part } });

  function switchTo(next: System) {
    const again = (written: string, name: MeasureName) => {
      const value = parse(written, name, system);
      return value === null || Number.isNaN(value) ? written : show(value, name, next);
    };
    setForm(
      Object.fromEntries(
        MEASURES.map((name) => [name, { ...form[name], first: again(form[name].first, name), second: again(form[name].second, name) }]),
      ) as Form,
    );
    setSystem(next);
    localStorage.setItem(SYSTEM, next);
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    const told: BodyUpdate = {};
    for (const name of MEASURES) {
      const { first, second, estimated } = form[name];
      const { value } = mean(parse(first, name, system), TWICE.includes(name) ? parse(second, name, system) : null);
      if (Number.isNaN(value)) {
        setWrong(name);
        document.getElementById(`measure-${name}`)?.focus();
        return;
      }
      told[name] = value === null ? null : { value: Math.round(value * 10) / 10, source: estimated ? "estimated" : "entered" };
    }
    setWrong(null);
    save.mutate(told, {
      onSuccess: (saved) => {
        setForm(formOf(saved, system));
        notice({ message: bodyText.saved });
      },
    });
  }

  return (
    <form className="grid gap-6 sm:grid-cols-[2fr_1fr]" onSubmit={submit} noValidate aria-label={bodyText.title}>
      <div className="flex flex-col gap-4">
        <fieldset>
          <legend className="mb-2 text-sm text-soft">{bodyText.units}</legend>
          <div className="inline-flex rounded-full bg-sunk p-1">
            {(["metric", "imperial"] as const).map((each) => (
              <label key={each} className="rounded-full px-4 py-2 text-sm has-checked:bg-card has-checked:font-semibold has-focus-visible:outline-3 has-focus-visible:outline-accent">
                <input type="radio" name="system" checked={system === each} onChange={() => switchTo(each)} className="sr-only" />
                {bodyText[each]}
              </label>
            ))}
          </div>
        </fieldset>
        <p className="text-sm text-soft">{bodyText.only}</p>
        {MEASURES.map((name) => (
          <MeasureField
            key={name}
            name={name}
            system={system}
            written={form[name]}
            warning={body[name]?.warning ?? null}
            wrong={wrong === name}
            onChange={(part) => change(name, part)}
            onFocus={() => setPlace(name)}
          />
        ))}
        <ProblemText error={save.error ?? erase.error} />
        <div className="flex flex-wrap gap-2">
          <Button kind="primary" type="submit" disabled={save.isPending}>
            {bodyText.save}
          </Button>
          <Button
            kind="danger"
            disabled={erase.isPending}
            onClick={() =>
              erase.mutate(undefined, {
                onSuccess: () => {
                  setForm(Object.fromEntries(MEASURES.map((name) => [name, { first: "", second: "", estimated: false }])) as Form);
                  notice({ message: bodyText.erased });
                },
              })
            }
          >
            {bodyText.erase}
          </Button>
        </div>
      </div>
      <figure className="order-first flex items-center gap-4 rounded-3xl border border-line bg-card p-4 sm:sticky sm:block sm:top-24 sm:order-none sm:self-start">
        <Tape name={place} />
        <figcaption className="pt-2 text-sm">
          <span className="font-semibold">{bodyText.tape(bodyText.names[place])}</span>
          <br />
          {bodyText.where[place]}
        </figcaption>
      </figure>
    </form>
  );
}
