/** What screen readers are told, one thing at a time; the same words a second time are not said again. */
import { useSyncExternalStore } from "react";

let said = "";
const listeners = new Set<() => void>();

export function announce(words: string): void {
  if (words === said) return;
  said = words;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function useAnnounced(): string {
  return useSyncExternalStore(subscribe, () => said, () => "");
}
