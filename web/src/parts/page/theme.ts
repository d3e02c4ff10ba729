/** Light, dark, or as the system; kept on this device. */
export type Theme = "system" | "light" | "dark";

const KEY = "proteus.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
let current: Theme = "system";

export function storedTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function applyTheme(theme: Theme): void {
  current = theme;
  document.documentElement.dataset.theme = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
  if (theme === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
}

dark.addEventListener("change", () => applyTheme(current));
