/** Deleting a try-on, with a moment to think better of it. */
import { useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

import { deleteVton, VTONS } from "../api";
import { useNotice } from "../parts/page/notices";
import { text } from "../text";

let hidden: ReadonlySet<string> = new Set();
const listeners = new Set<() => void>();

function hide(id: string, gone: boolean): void {
  const next = new Set(hidden);
  if (gone) next.add(id);
  else next.delete(id);
  hidden = next;
  for (const listener of listeners) listener();
}

/** Try-ons that are about to be deleted. */
export function useHidden(): ReadonlySet<string> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => hidden,
    () => hidden,
  );
}

/** Deletes a try-on unless that is undone while the notice shows. */
export function useRemove(): (id: string) => void {
  const queries = useQueryClient();
  const notice = useNotice();
  return (id) => {
    hide(id, true);
    notice({
      message: text.history.deleted,
      action: { label: text.history.undo, run: () => hide(id, false) },
      expired: () => void deleteVton(id).finally(() => queries.invalidateQueries({ queryKey: VTONS })),
    });
  };
}
