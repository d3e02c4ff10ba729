/** Two pictures of one size with a divider: drag it, touch it, or use the arrow keys. */
import { useState, type ReactNode } from "react";

import { text } from "../text";

interface Props {
  /** Laid over `after`, and stretched to it. */
  before: ReactNode;
  after: ReactNode;
  /** Percent of the result shown at first. */
  start?: number;
}

export function BeforeAfter({ before, after, start = 100 }: Props) {
  const [shown, setShown] = useState(start);
  return (
    <div className="group relative overflow-hidden rounded-2xl bg-sunk select-none">
      {after}
      <div className="absolute inset-0" style={{ clipPath: `inset(0 0 0 ${shown}%)` }} aria-hidden>
        {before}
      </div>
      <div aria-hidden className="pointer-events-none absolute inset-y-0 w-0.5 bg-white shadow-[0_0_6px_#0008]" style={{ left: `calc(${shown}% - 1px)` }}>
        <span className="absolute top-1/2 left-1/2 flex size-10 -translate-1/2 items-center justify-center rounded-full bg-white text-black shadow-lg group-focus-within:ring-4 group-focus-within:ring-accent">
          ↔
        </span>
      </div>
      {/* A native slider over the whole picture: pointer, touch, keyboard and screen reader come with it. */}
      <input
        type="range"
        min={0}
        max={100}
        value={shown}
        aria-label={text.result.slider}
        aria-valuetext={`${text.result.after} ${shown} %`}
        onChange={(event) => setShown(Number(event.target.value))}
        className="absolute inset-0 m-0 size-full cursor-ew-resize opacity-0"
        style={{ touchAction: "pan-y" }}
      />
      <span aria-hidden className="pointer-events-none absolute bottom-3 left-3 rounded-full bg-black/70 px-3 py-1 text-xs text-white">
        {text.result.after}
      </span>
      <span aria-hidden className={`pointer-events-none absolute right-3 bottom-3 rounded-full bg-black/70 px-3 py-1 text-xs text-white ${shown > 85 ? "opacity-0" : ""}`}>
        {text.result.before}
      </span>
    </div>
  );
}
