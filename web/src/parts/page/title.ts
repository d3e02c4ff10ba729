import { useEffect } from "react";

import { text } from "../../text";

/** The window says what is on screen. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${text.name}`;
  }, [title]);
}
