/** What a visitor does on a page, in whichever browser: by what is seen, at the place where it is seen. */
import { expect } from "@playwright/test";

import type { Visitor } from "./visitor";

/** The middle of what has this name (a button, link or thumbnail), scrolled into the window; null while it is not there, or lies under something. */
function place(name: string): [number, number] | null {
  const named = (element: HTMLElement) => element.getAttribute("aria-label") ?? (element.title || (element.textContent ?? ""));
  const all = [...document.querySelectorAll<HTMLElement>("button, a, label")];
  const found = all.find((element) => named(element).trim() === name && element.getClientRects().length > 0 && !(element as HTMLButtonElement).disabled);
  if (!found) return null;
  found.scrollIntoView({ block: "nearest", behavior: "instant" });
  const { left, top, width, height } = found.getBoundingClientRect();
  const [x, y] = [left + width / 2, top + height / 2];
  const over = document.elementFromPoint(x, y);
  return over && (found.contains(over) || over.contains(found)) ? [x, y] : null;
}

/** Tap what has this name, once it can be. */
export async function tap(visitor: Visitor, name: string): Promise<void> {
  let at: [number, number] | null = null;
  await expect
    .poll(
      async () => {
        const before = at;
        at = await visitor.run(place, name);
        return at !== null && String(at) === String(before);
      },
      { message: `${name} stands still and can be tapped` },
    )
    .toBe(true);
  await visitor.tap(...(at as unknown as [number, number]));
}

/** Type into the field of this label, in place of what it holds. */
export async function fill(visitor: Visitor, label: string, value: string): Promise<void> {
  const typed = (label: string, value: string): boolean => {
    const field = [...document.querySelectorAll("label")].find((each) => (each.textContent ?? "").trim().startsWith(label))?.control as HTMLInputElement | HTMLSelectElement | null;
    if (!field) return false;
    // As the browser's own typing does; a framework that keeps a value of its own hears of it.
    const kind = field instanceof HTMLSelectElement ? HTMLSelectElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value")?.set?.call(field, value);
    field.dispatchEvent(new Event(field instanceof HTMLSelectElement ? "change" : "input", { bubbles: true }));
    return true;
  };
  await expect.poll(() => visitor.run(typed, label, value), { message: `there is a field ${label}` }).toBe(true);
}

/** The page says so somewhere. */
export async function expectSaid(visitor: Visitor, words: string): Promise<void> {
  await expect.poll(() => visitor.run(() => document.body.innerText), { message: words }).toContain(words);
}

/** How much of what `selector` finds is outside the window, in CSS pixels; null while it is not there, or is a picture that is not. */
function outside(selector: string): number | null {
  const found = document.querySelector(selector);
  if (!found || (found instanceof HTMLImageElement && found.naturalWidth === 0)) return null;
  const { left, top, right, bottom, width } = found.getBoundingClientRect();
  if (width === 0) return null;
  return Math.round(Math.max(0, -left, -top, right - document.documentElement.clientWidth, bottom - innerHeight));
}

export async function expectInWindow(visitor: Visitor, selector: string): Promise<void> {
  await expect.poll(() => visitor.run(outside, selector), { message: `${selector} is whole within the window` }).toBe(0);
}

/** How a picture of `kind` (the picker's) is answered: `WIDTH×HEIGHT` as shown, or why it is refused. */
export function offer(visitor: Pick<Visitor, "run">, kind: "person" | "garment", name: string, base64: string): Promise<string> {
  return visitor.run(
    async (kind: string, name: string, base64: string) => {
      const input = document.querySelector<HTMLInputElement>(`[data-testid=${kind}-file]`);
      const section = input?.closest("section");
      if (!input || !section) return "no picker";
      const held = new DataTransfer();
      held.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
      input.files = held.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (section.querySelector("[role=status]")) continue;
        const alert = section.querySelector("[role=alert]")?.textContent;
        if (alert) return alert;
        const shown = [...section.querySelectorAll("img")].find((image) => image.alt.endsWith(name));
        if (shown?.naturalWidth) return `${shown.naturalWidth}×${shown.naturalHeight}`;
      }
    },
    kind,
    name,
    base64,
  );
}
