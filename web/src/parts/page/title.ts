import { useEffect } from "react";

import { useBrand } from "./brand";

/** The window says what is on screen. */
export function useTitle(title: string): void {
  const { name } = useBrand();
  useEffect(() => {
    document.title = `${title} · ${name}`;
  }, [title, name]);
}
