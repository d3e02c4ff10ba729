/** Short messages at the foot of the page, one at a time, with one action. */
import { createContext, useCallback, useContext, useEffect, useState, type ReactNode } from "react";

import { text } from "../../text";
import { Button } from "../Button";

interface Notice {
  message: string;
  action?: { label: string; run: () => void };
  /** Runs when the notice goes away without its action. */
  expired?: () => void;
  /** Until something is done about it. */
  stays?: boolean;
}

const Show = createContext<(notice: Notice) => void>(() => undefined);
const SECONDS = 7;

export const useNotice = () => useContext(Show);

export function Notices({ children }: { children: ReactNode }) {
  const [notice, setNotice] = useState<Notice | null>(null);
  const show = useCallback((next: Notice) => {
    setNotice((old) => {
      if (old) queueMicrotask(() => old.expired?.());
      return next;
    });
  }, []);
  useEffect(() => {
    if (!notice) return;
    const leave = () => notice.expired?.();
    const timer = notice.stays
      ? undefined
      : setTimeout(() => {
          leave();
          setNotice(null);
        }, SECONDS * 1000);
    addEventListener("pagehide", leave);
    return () => {
      clearTimeout(timer);
      removeEventListener("pagehide", leave);
    };
  }, [notice]);
  return (
    <Show value={show}>
      {children}
      <div aria-live="polite" className="pointer-events-none fixed inset-x-0 bottom-20 z-40 flex justify-center px-4 md:bottom-6">
        {notice && (
          <div className="rise pointer-events-auto flex items-center gap-2 rounded-3xl bg-ink py-1 pr-1 pl-5 text-sm text-paper shadow-lg">
            {notice.message}
            {notice.action ? (
              <Button
                kind="quiet"
                className="shrink-0 text-paper! underline hover:bg-soft"
                onClick={() => {
                  notice.action?.run();
                  setNotice(null);
                }}
              >
                {notice.action.label}
              </Button>
            ) : (
              <Button kind="quiet" className="text-paper! hover:bg-soft" aria-label={text.close} onClick={() => setNotice(null)}>
                ✕
              </Button>
            )}
          </div>
        )}
      </div>
    </Show>
  );
}
