/** The cut-out on a checkerboard with four points to move, by pointer or keyboard. */
import { useRef, useState, type KeyboardEvent, type PointerEvent } from "react";

import { Button } from "../parts/Button";
import { Picture } from "../parts/Picture";
import { text } from "../text";
import { storeAnchors, storedAnchors, type Anchors, type Point } from "./anchors";

const STEP = 0.01;
const MOVES: Record<string, Point> = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
const clamp = (value: number) => Math.min(1, Math.max(0, value));

export function AnchorEditor({ cleanedKey, found }: { cleanedKey: string; found: Anchors }) {
  const [anchors, setAnchors] = useState<Anchors>(() => storedAnchors(cleanedKey) ?? found);
  const frame = useRef<HTMLDivElement>(null);

  function move(which: number, to: Point) {
    const next = anchors.map((point, i) => (i === which ? [clamp(to[0]), clamp(to[1])] : point)) as Anchors;
    setAnchors(next);
    storeAnchors(cleanedKey, next);
  }

  function drag(which: number, event: PointerEvent) {
    const box = frame.current?.getBoundingClientRect();
    if (!box || event.buttons === 0) return;
    move(which, [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
  }

  function nudge(which: number, event: KeyboardEvent) {
    const by = MOVES[event.key];
    const at = anchors[which];
    if (!by || !at) return;
    event.preventDefault();
    move(which, [at[0] + by[0], at[1] + by[1]]);
  }

  return (
    <div className="flex flex-col gap-3">
      <div className="checkerboard flex max-h-[38dvh] justify-center rounded-2xl p-3 md:max-h-[55dvh]">
        <div ref={frame} className="relative inline-block">
          <Picture objectKey={cleanedKey} alt={text.clean.title} className="block max-h-[calc(38dvh-1.5rem)] min-h-40 min-w-32 object-contain md:max-h-[calc(55dvh-1.5rem)]" />
          {anchors.map(([x, y], i) => (
            <button
              key={text.clean.anchor[i]}
              type="button"
              aria-label={`${text.clean.anchor[i]}: ${Math.round(x * 100)} %, ${Math.round(y * 100)} %`}
              className="absolute flex size-11 -translate-1/2 touch-none items-center justify-center"
              style={{ left: `${x * 100}%`, top: `${y * 100}%` }}
              onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
              onPointerMove={(event) => drag(i, event)}
              onKeyDown={(event) => nudge(i, event)}
            >
              <span aria-hidden className="size-4 rounded-full border-2 border-white bg-[#b5371b] shadow" />
            </button>
          ))}
        </div>
      </div>
      <div className="flex items-start justify-between gap-3 text-sm">
        <p className="text-soft">
          <strong className="text-ink">{text.clean.anchors}.</strong> {text.clean.anchorsHint}
        </p>
        <Button
          kind="quiet"
          className="shrink-0"
          onClick={() => {
            setAnchors(found);
            storeAnchors(cleanedKey, null);
          }}
        >
          {text.clean.reset}
        </Button>
      </div>
    </div>
  );
}
