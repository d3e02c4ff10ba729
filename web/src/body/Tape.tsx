import { Outline } from "./Outline";
import { placeOf } from "./places";

/** Where the tape goes for one measure. The words beside it say the same. */
export function Tape({ name }: { name: string }) {
  const place = placeOf(name);
  return (
    <Outline className="h-36 w-20 shrink-0 sm:h-72 sm:w-full">
      {place && "at" in place && (
        <ellipse cx={place.at[0] + place.at[2] / 2} cy={place.at[1]} rx={place.at[2] / 2} ry={4} fill="none" stroke="var(--accent)" strokeWidth={2.5} />
      )}
      {place && "line" in place && (
        <line x1={place.line[0]} y1={place.line[1]} x2={place.line[2]} y2={place.line[3]} stroke="var(--accent)" strokeWidth={2.5} strokeLinecap="round" />
      )}
    </Outline>
  );
}
