/** Two pictures of one size with a divider, before on its left: drag it, touch it, or use the arrow keys. */
import { useState, type ReactNode } from "react";

import { text } from "../text";

interface Props {
  /** Laid over `after`. */
  before: ReactNode;
  after: ReactNode;
  /** Where the divider stands at first, in percent from the left. */
  start?: number;
}

const LABEL = "pointer-events-none absolute bottom-3 rounded-full bg-black/70 px-3 py-1 text-xs text-white transition-opacity";

export function BeforeAfter({ before, after, start = 0 }: Props) {
  const [divider, setDivider] = useState(start);
  return (
    <div className="group relative size-full overflow-hidden rounded-2xl bg-sunk select-none">
      {after}
      <div className="pointer-events-none absolute inset-0" style={{ clipPath: `inset(0 ${100 - divider}% 0 0)` }}>
        {before}
      </div>
      <div aria-hidden className="pointer-events-none absolute inset-y-0 w-0.5 bg-white shadow-[0_0_6px_#0008]" style={{ left: `calc(${divider}% - 1px)` }} />
      <span
        aria-hidden
        className="pointer-events-none absolute top-1/2 flex size-10 -translate-1/2 items-center justify-center rounded-full bg-white text-black shadow-lg group-focus-within:ring-4 group-focus-within:ring-accent"
        style={{ left: `clamp(1.5rem, ${divider}%, 100% - 1.5rem)` }}
      >
        ↔
      </span>
      {/* A native slider over the whole picture: pointer, touch, keyboard and screen reader come with it. */}
      <input
        type="range"
        min={0}
        max={100}
        value={divider}
        aria-label={text.result.slider}
        aria-valuetext={`${text.result.before} ${divider} %`}
        onChange={(event) => setDivider(Number(event.target.value))}
        className="absolute inset-0 m-0 size-full cursor-ew-resize opacity-0"
        style={{ touchAction: "pan-y" }}
      />
      <span aria-hidden className={`${LABEL} left-3 ${divider < 15 ? "opacity-0" : ""}`}>
        {text.result.before}
      </span>
      <span aria-hidden className={`${LABEL} right-3 ${divider > 85 ? "opacity-0" : ""}`}>
        {text.result.after}
      </span>
    </div>
  );
}
