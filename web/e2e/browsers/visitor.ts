/** A visitor, in whichever browser: as much of one as the journeys in every browser need. */
export interface Visitor {
  /** What the browser calls itself, with its version. */
  name: string;
  goto(url: string): Promise<void>;
  /** Run `script` in the page; its arguments and what it gives are JSON. */
  run<A extends unknown[], T>(script: (...args: A) => T | Promise<T>, ...args: A): Promise<T>;
  /** Press and release at a place of the window, in CSS pixels. */
  tap(x: number, y: number): Promise<void>;
  /** Press and release a key, wherever the focus is. */
  press(key: Key): Promise<void>;
  /** Make the window so large; browsers with a least width take that. */
  resize(width: number, height: number): Promise<void>;
  screenshot(path: string): Promise<void>;
  close(): Promise<void>;
}

export type Key = "Tab" | "Enter" | "Escape" | "ArrowRight";
