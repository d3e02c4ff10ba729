/** The browser's own dialog: it traps focus, closes on Escape and on Back, and gives the focus back. */
import { useEffect, useId, useRef, type ReactNode } from "react";
import { useLocation, useNavigate } from "react-router";

import { text } from "../text";
import { Button } from "./Button";

/** Which dialog an entry of the session's history is. */
type Entry = { dialog?: string } | null;

/** What the router keeps of an entry. */
const entryOf = (state: unknown): Entry => (state as { usr?: Entry } | null)?.usr ?? null;

/** Gives the dialog `id` an entry in the history; calls `onBack` once that was left. Returns how to leave it. */
function useBack(id: string, onBack: () => void): () => void {
  const location = useLocation();
  const navigate = useNavigate();
  const here = (location.state as Entry)?.dialog === id;
  const asked = useRef(false);
  const entered = useRef(false);
  useEffect(() => {
    if (here) entered.current = true;
    else if (entered.current) onBack();
    else if (!asked.current) {
      asked.current = true;
      void navigate(location, { state: { ...(location.state as Entry), dialog: id } });
    }
  }, [here]); // eslint-disable-line react-hooks/exhaustive-deps -- once an entry, whatever else changes
  const latest = useRef(onBack);
  useEffect(() => {
    latest.current = onBack;
  });
  useEffect(() => {
    // On a slow device somebody goes back before the page has heard that it is in the dialog's entry.
    const left = () => {
      if (asked.current && entryOf(history.state)?.dialog !== id) latest.current();
    };
    addEventListener("popstate", left);
    return () => removeEventListener("popstate", left);
  }, [id]);
  const open = useRef(true);
  useEffect(() => {
    open.current = true;
    return () => {
      open.current = false;
      // The page closed it by itself: the entry goes, too. Not at once, since StrictMode mounts twice.
      setTimeout(() => {
        if (!open.current && entryOf(history.state)?.dialog === id) history.back();
      });
    };
  }, [id]);
  return () => (here ? history.back() : onBack());
}

export function Dialog({ title, onClose, wide = false, children }: { title: string; onClose: () => void; wide?: boolean; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const leave = useBack(id, onClose);
  useEffect(() => {
    const opened = dialog.current;
    if (opened && !opened.open) opened.showModal();
    return () => opened?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onClose={leave}
      className={`m-auto max-h-[92dvh] rounded-3xl border border-line bg-card p-0 text-ink backdrop:bg-black/60`}
      style={{ width: `min(96vw, ${wide ? "72rem" : "32rem"})` }}
    >
      <div className="flex items-center justify-between gap-4 px-6 pt-4">
        <h2 id={id}>
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
