/** What a visitor sees before their own first result: what this does. */
import type { CSSProperties } from "react";

import { BeforeAfter } from "../parts/BeforeAfter";
import { Button } from "../parts/Button";
import { text } from "../text";

export function Example({ onTry }: { onTry: (() => void) | null }) {
  return (
    <aside aria-label={text.studio.sample} className="flex grow flex-col gap-3">
      <div className="frame" style={{ "--shape": "3 / 4" } as CSSProperties}>
        <div className="framed">
          <BeforeAfter
            start={48}
            before={<img src="/samples/people/mei.jpg" alt="" className="size-full object-fill" />}
            after={<img src="/example.jpg" alt={text.studio.example} width={600} height={800} className="block size-full" />}
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
