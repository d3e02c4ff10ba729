/** The browser's own dialog: it traps focus, closes on Escape and gives the focus back. */
import { useEffect, useId, useRef, type ReactNode } from "react";

import { text } from "../text";
import { Button } from "./Button";

export function Dialog({ title, onClose, wide = false, children }: { title: string; onClose: () => void; wide?: boolean; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const opened = dialog.current;
    if (opened && !opened.open) opened.showModal();
    return () => opened?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onClose={onClose}
      className={`m-auto max-h-[92dvh] rounded-3xl border border-line bg-card p-0 text-ink backdrop:bg-black/60`}
      style={{ width: `min(96vw, ${wide ? "72rem" : "32rem"})` }}
    >
      <div className="flex items-center justify-between gap-4 px-6 pt-4">
        <h2 id={id} className="font-display text-2xl">
          {title}
        </h2>
        <Button kind="quiet" aria-label={text.close} onClick={() => dialog.current?.close()}>
          ✕
        </Button>
      </div>
      <div className="px-6 pt-3 pb-6">{children}</div>
    </dialog>
  );
}
