/** A body with each section in the colour of its verdict; the buttons beside it say the same, and more on tap. */
import { useState } from "react";

import { Outline } from "../body/Outline";
import { placeOf } from "../body/places";
import type { Section } from "./fit";
import { fitText, plain } from "./text";

const COLOURS: Record<string, string> = {
  too_small: "var(--bad)",
  tight: "var(--warn)",
  short: "var(--warn)",
  narrow: "var(--warn)",
  good: "var(--good)",
  loose: "var(--warn)",
  too_large: "var(--bad)",
};

export function Figure({ sections }: { sections: Section[] }) {
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <div className="grid grid-cols-[7rem_1fr] gap-4" role="group" aria-label={fitText.sections}>
      <Outline className="h-60 w-full">
        {sections.map((section) => (
          <Mark key={section.name} section={section} chosen={chosen === section.name} onTap={() => setChosen(section.name)} />
        ))}
      </Outline>
      <ul className="flex flex-col gap-1 self-center">
        {sections.map((section) => {
          const open = chosen === section.name;
          return (
            <li key={section.name}>
              <button
                type="button"
                aria-expanded={open}
                onClick={() => setChosen(open ? null : section.name)}
                className={`flex min-h-11 w-full items-center gap-2 rounded-xl px-3 text-left text-sm ${open ? "bg-sunk" : "hover:bg-sunk"}`}
              >
                <span aria-hidden className="size-3 shrink-0 rounded-full" style={{ background: colourOf(section) }} />
                <span className="first-letter:uppercase">{fitText.section(plain(section.name), fitText.verdicts[section.verdict] ?? plain(section.verdict))}</span>
              </button>
              {open && <p className="px-3 pb-2 pl-8 text-sm text-soft">{values(section)}</p>}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function colourOf(section: Section): string {
  return COLOURS[section.verdict] ?? "var(--soft)";
}

function values(section: Section): string {
  const parts = [];
  const cm = (value: number) => String(Math.abs(Math.round(value * 10) / 10));
  if (section.ease_cm != null) parts.push(section.ease_cm < 0 ? fitText.less(cm(section.ease_cm)) : fitText.ease(cm(section.ease_cm)));
  if (section.wanted_cm) parts.push(fitText.wanted(String(section.wanted_cm[0]), String(section.wanted_cm[1])));
  if (section.estimated) parts.push(fitText.estimated);
  return parts.length ? `${parts.join("; ")}.` : fitText.noMeasure;
}

/** For those who see it; everybody else has the buttons. */
function Mark({ section, chosen, onTap }: { section: Section; chosen: boolean; onTap: () => void }) {
  const place = placeOf(section.name);
  if (!place) return null;
  const colour = colourOf(section);
  if ("at" in place) {
    const [x, y, width] = place.at;
    return <rect x={x} y={y - 6} width={width} height={12} rx={6} fill={colour} opacity={chosen ? 1 : 0.75} onClick={onTap} className="cursor-pointer" />;
  }
  const [x1, y1, x2, y2] = place.line;
  return <line x1={x1} y1={y1} x2={x2} y2={y2} stroke={colour} strokeWidth={chosen ? 6 : 4} strokeLinecap="round" onClick={onTap} className="cursor-pointer" />;
}
