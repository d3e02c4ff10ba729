/** What a visitor sees before their own first result: what this does. */
import type { CSSProperties } from "react";

import { BeforeAfter } from "../parts/BeforeAfter";
import { Button } from "../parts/Button";
import { text } from "../text";

/** Its pictures, as wide as they are shown: what the stage's height leaves them, and on a phone the window. */
const shown = (name: string) => ({
  src: `/example/${name}-600.webp`,
  srcSet: `/example/${name}-400.webp 400w, /example/${name}-600.webp 600w`,
  sizes: "min(100vw - 2rem, 75vh - 7rem)",
  width: 600,
  height: 800,
});

export function Example({ onTry }: { onTry: (() => void) | null }) {
  return (
    <aside aria-label={text.studio.sample} className="flex grow flex-col gap-3">
      <div className="frame" style={{ "--shape": "3 / 4" } as CSSProperties}>
        <div className="framed">
          <BeforeAfter
            start={48}
            before={<img {...shown("before")} alt="" loading="lazy" className="size-full object-fill" />}
            after={<img {...shown("after")} alt={text.studio.example} loading="lazy" className="block size-full" />}
          />
        </div>
      </div>
      <p className="text-center text-xs text-soft">{text.studio.example}</p>
      {onTry && (
        <Button className="hidden self-center lg:inline-flex" onClick={onTry}>
          {text.studio.sample} <span aria-hidden>→</span>
        </Button>
      )}
    </aside>
  );
}
