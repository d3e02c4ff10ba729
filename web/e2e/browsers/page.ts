/** What a visitor does on a page, in whichever browser: by what is seen, at the place where it is seen. */
import { readFileSync } from "node:fs";

import { expect, SIZES } from "../browser";
import type { Visitor } from "./visitor";

/**
 * The middle of what has this name (a button, link or thumbnail) within what `within` finds, scrolled into the window; null while
 * it is not there, or lies under something. An open dialog is all that there is.
 */
function place(name: string, within: string): [number, number] | null {
  const named = (element: HTMLElement) => element.getAttribute("aria-label") ?? (element.title || (element.textContent ?? ""));
  const around = document.querySelector("dialog[open]") ?? document.querySelector(within);
  const all = [...(around?.querySelectorAll<HTMLElement>("button, a, label") ?? [])];
  const found = all.find((element) => named(element).trim() === name && element.getClientRects().length > 0 && !(element as HTMLButtonElement).disabled);
  if (!found) return null;
  found.scrollIntoView({ block: "nearest", behavior: "instant" });
  const { left, top, width, height } = found.getBoundingClientRect();
  const [x, y] = [left + width / 2, top + height / 2];
  const over = document.elementFromPoint(x, y);
  return over && (found.contains(over) || over.contains(found)) ? [x, y] : null;
}

/** Tap what has this name, once it can be. */
export async function tap(visitor: Visitor, name: string, within = "body"): Promise<void> {
  let at: [number, number] | null = null;
  await expect
    .poll(
      async () => {
        const before = at;
        at = await visitor.run(place, name, within);
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
    type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
    const around = document.querySelector("dialog[open]") ?? document;
    const labelled = [...around.querySelectorAll("label")].find((each) => (each.textContent ?? "").trim().startsWith(label))?.control;
    const field = (labelled ?? [...around.querySelectorAll("[aria-label]")].find((each) => each.getAttribute("aria-label")?.startsWith(label))) as Field | undefined;
    if (!field) return false;
    field.focus();
    // As the browser's own typing does; a framework that keeps a value of its own hears of it.
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value")?.set?.call(field, value);
    field.dispatchEvent(new Event(field instanceof HTMLSelectElement ? "change" : "input", { bubbles: true }));
    return true;
  };
  await expect.poll(() => visitor.run(typed, label, value), { message: `there is a field ${label}` }).toBe(true);
}

/** The page says so somewhere. */
export async function expectSaid(visitor: Visitor, words: string): Promise<void> {
  await expect.poll(() => visitor.run(() => document.body.innerText), { message: words }).toContain(words);
}

/** As many of what `selector` finds are there. */
export async function expectCount(visitor: Visitor, selector: string, count: number): Promise<void> {
  await expect.poll(() => visitor.run((selector: string) => document.querySelectorAll(selector).length, selector), { message: selector }).toBe(count);
}

/** What the first that `selector` finds says or, of a field, holds. */
export async function expectText(visitor: Visitor, selector: string, words: string | RegExp): Promise<void> {
  const read = (selector: string) => {
    const found = document.querySelector<HTMLElement>(selector);
    return found?.matches("input, select, textarea") ? (found as HTMLInputElement).value : (found?.innerText ?? "");
  };
  await expect.poll(() => visitor.run(read, selector), { message: selector }).toEqual(typeof words === "string" ? expect.stringContaining(words) : expect.stringMatching(words));
}

export const pathOf = (visitor: Visitor) => visitor.run(() => location.pathname);

/** A closed dialog takes its entry out of the browser's history, which would call a `goto` off. */
export async function expectNoDialog(visitor: Visitor): Promise<void> {
  await expectCount(visitor, "dialog[open]", 0);
  await expect.poll(() => visitor.run(() => (history.state as { usr?: { dialog?: string } } | null)?.usr?.dialog ?? null)).toBeNull();
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

/** All of `selectors` are in the window, in each of its sizes. */
export async function expectInEveryWindow(visitor: Visitor, ...selectors: string[]): Promise<void> {
  for (const { width, height } of SIZES) {
    await visitor.resize(width, height);
    await visitor.run(() => scrollTo({ top: 0, behavior: "instant" }));
    for (const selector of selectors) await expectInWindow(visitor, selector);
  }
}

/** Runs in a page: what its live regions say from now on is written down. */
function writeDown(): void {
  const called: string[] = [];
  Object.assign(globalThis, { called });
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const element = target instanceof Element ? target : target.parentElement;
      const region = element?.closest("[aria-live]:not([aria-live=off]), [role=status], [role=alert]");
      const words = region?.textContent?.trim();
      if (words && called.at(-1) !== words) called.push(words);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

/** From now on, on this page, what live regions say is written down. */
export const listen = (visitor: Visitor): Promise<void> => visitor.run(writeDown);

/** It was called out, whatever had the focus. */
export async function expectCalled(visitor: Visitor, words: RegExp): Promise<void> {
  const called = () => visitor.run(() => (globalThis as unknown as { called: string[] }).called);
  await expect.poll(called).toContainEqual(expect.stringMatching(words));
}

export const RESULT = "[data-testid=result] img[alt='You, wearing the garment']";

/** Of the folder `samples`, as base64. */
export const sample = (path: string): string => readFileSync(`../samples/drawn/${path}`).toString("base64");

/** From now on, on this page, the camera sees that sample. */
export const standBefore = (visitor: Visitor, person: string): Promise<void> =>
  visitor.run(async (picture: string) => {
    const image = new Image();
    image.src = `data:image/jpeg;base64,${picture}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [360, 480];
    const draw = () => canvas.getContext("2d")?.drawImage(image, 0, 0, 360, 480);
    draw();
    setInterval(draw, 50);
    // On the prototype: a browser may make `navigator.mediaDevices` anew when nobody holds it.
    MediaDevices.prototype.getUserMedia = () => Promise.resolve(canvas.captureStream(20));
  }, sample(person));

/** Choose a sample of each kind and press the button. */
export async function tryOn(visitor: Visitor, person: string, garment: string): Promise<void> {
  await tap(visitor, person);
  await expectCount(visitor, `img[alt='You: ${person.toLowerCase()}.jpg']`, 1); // until then, what lies below moves
  await tap(visitor, garment);
  await expectCount(visitor, "img[alt^='Garment: ']", 1);
  await tap(visitor, "Try it on");
}

/** A new account; its address. */
export async function signUp(visitor: Visitor, url: string): Promise<string> {
  const email = `shopper-${crypto.randomUUID()}@example.com`;
  await visitor.goto(`${url}/account`);
  await tap(visitor, "New here? Create an account");
  await fill(visitor, "E-mail address", email);
  await fill(visitor, "Password", "a long password");
  await tap(visitor, "Create an account");
  await expectSaid(visitor, "See it on you");
  return email;
}

/** Hand a file to the field of that test id. */
export async function give(visitor: Pick<Visitor, "run">, field: string, name: string, base64: string): Promise<void> {
  const handOver = (field: string, name: string, base64: string): boolean => {
    const input = document.querySelector<HTMLInputElement>(`[data-testid=${field}]`);
    if (!input) return false;
    const held = new DataTransfer();
    held.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
    input.files = held.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  };
  await expect.poll(() => visitor.run(handOver, field, name, base64), { message: `there is a field ${field}` }).toBe(true);
}

/** How a picture of `kind` (the picker's) is answered: `WIDTH×HEIGHT` as shown, or why it is refused. */
export async function offer(visitor: Pick<Visitor, "run">, kind: "person" | "garment", name: string, base64: string): Promise<string> {
  await give(visitor, `${kind}-file`, name, base64);
  return visitor.run(
    async (kind: string, name: string) => {
      let told = "";
      for (const end = Date.now() + 120_000; Date.now() < end; ) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        const drop = document.querySelector(`[data-testid=${kind}-drop]`);
        const section = drop?.closest("section");
        told = section?.innerText ?? "no picker";
        if (drop?.querySelector("[role=status]")) continue; // what was seen in the picture before is a status of the section's
        const alert = section?.querySelector("[role=alert]")?.textContent;
        if (alert) return alert;
        const shown = [...(drop?.querySelectorAll("img") ?? [])].find((image) => image.alt.endsWith(name));
        if (shown?.naturalWidth) return `${shown.naturalWidth}×${shown.naturalHeight}`;
      }
      return `neither shown nor refused: ${told}`;
    },
    kind,
    name,
  );
}
