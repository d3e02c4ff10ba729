import { useId } from "react";

import { Field } from "../account/Field";
import type { Garment } from "./garments";
import { wardrobeText } from "./text";

/** What a form of ``Facts`` says. */
export function factsOf(form: FormData): { title: string | null; garment_class: string | null; composition: string | null } {
  const said = (name: string) => String(form.get(name) ?? "").trim() || null;
  return { title: said("title"), garment_class: said("garment_class"), composition: said("composition") };
}

/** Name, class and composition. */
export function Facts({ garment }: { garment: Garment | null }) {
  const id = useId();
  return (
    <>
      <Field label={wardrobeText.name} name="title" defaultValue={garment?.title ?? ""} maxLength={200} />
      <div className="flex flex-col gap-1">
        <label htmlFor={id} className="text-sm font-semibold">
          {wardrobeText.class}
        </label>
        <select id={id} name="garment_class" defaultValue={garment?.garment_class ?? ""} className="min-h-12 rounded-xl border border-line bg-card px-4 text-base">
          <option value="">{wardrobeText.noClass}</option>
          {Object.entries(wardrobeText.classes).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      </div>
      <Field key={garment?.composition} label={wardrobeText.composition} name="composition" defaultValue={garment?.composition ?? ""} maxLength={500} hint={wardrobeText.compositionHint} />
      {garment && garment.stretch !== "unknown" && <p className="text-sm text-soft">{wardrobeText.stretch(garment.stretch)}</p>}
    </>
  );
}
