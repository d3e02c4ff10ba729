/** At the foot of every page: what is chosen once. */
import { useEffect, useState } from "react";

import { text } from "../../text";
import { SiteLinks } from "../SiteLinks";
import { chooseTheme, storedTheme, type Theme } from "./theme";

export function Footer() {
  const [theme, setTheme] = useState<Theme>("system");
  // eslint-disable-next-line react-hooks/set-state-in-effect -- pages are made where nobody chose anything
  useEffect(() => setTheme(storedTheme()), []);
  return (
    <footer className="mx-auto flex w-full max-w-7xl flex-wrap items-center gap-4 px-4 pb-[calc(var(--tabs)+1rem)] sm:px-6">
      <nav aria-label="About this site" className="flex gap-4 text-sm text-soft">
        <SiteLinks />
      </nav>
      <label className="ml-auto flex flex-wrap items-center gap-2 text-sm text-soft">
        {text.theme.label}
        <select
          value={theme}
          onChange={(event) => {
            const next = event.target.value as Theme;
            setTheme(next);
            chooseTheme(next);
          }}
          className="min-h-9 rounded-full border border-line bg-card px-3 text-ink"
        >
          {(["system", "light", "dark"] as const).map((name) => (
            <option key={name} value={name}>
              {text.theme[name]}
            </option>
          ))}
        </select>
      </label>
    </footer>
  );
}
