/** WebKitGTK by W3C WebDriver, on a screen of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "@playwright/test";

import type { Key, Visitor } from "./visitor";

export const WEBKIT = process.env.WEBKIT_DRIVER ?? "/usr/bin/WebKitWebDriver";
export const XVFB = "/usr/bin/Xvfb";

/** Of a window that was to be narrower, what is its least lies below this, in CSS pixels. */
const LEAST_WIDTH = 500;

/** As W3C WebDriver writes keys. */
const KEYS: Record<Key, string> = { Tab: "\uE004", Enter: "\uE007", Escape: "\uE00C", ArrowRight: "\uE014" };

/** A port that nobody listens on. */
const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

export async function openWebKit(): Promise<Visitor> {
  // It chooses a display that is free, and writes its number to the fourth file of ours.
  const screen = spawn(XVFB, ["-displayfd", "3", "-screen", "0", "1920x1200x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const number = await new Promise<string>((resolve) => screen.stdio[3]?.once("data", (data) => resolve(String(data).trim())));
  const port = await freePort();
  const driver = spawn(WEBKIT, [`--port=${port}`], { env: { ...process.env, DISPLAY: `:${number}` }, stdio: ["ignore", "ignore", "ignore"] });
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    const { value } = (await answer.json()) as { value: unknown };
    if (!answer.ok) throw new Error(`WebKitWebDriver: ${(value as { message?: string }).message ?? answer.status}`);
    return value;
  };
  while (!(await ask("GET", "/status").catch(() => null))) await sleep(50);
  const { sessionId, capabilities } = (await ask("POST", "/session", { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } })) as {
    sessionId: string;
    capabilities: { browserVersion: string };
  };
  const session = `/session/${sessionId}`;
  await ask("POST", `${session}/timeouts`, { script: 600_000 });
  const visitor: Visitor = {
    name: `WebKitGTK/${capabilities.browserVersion}`,
    goto: async (url) => void (await ask("POST", `${session}/url`, { url })),
    async run<A extends unknown[], T>(script: (...args: A) => T | Promise<T>, ...args: A): Promise<T> {
      const whole =
        `const done = arguments[arguments.length - 1];\n` +
        `Promise.resolve((${script.toString()})(...arguments[0])).then((value) => done({ value }), (error) => done({ error: String(error) }));`;
      const { value, error } = (await ask("POST", `${session}/execute/async`, { script: whole, args: [args] })) as { value: T; error?: string };
      if (error) throw new Error(error);
      return value;
    },
    async tap(x, y) {
      const at = { type: "pointerMove", duration: 0, x: Math.round(x), y: Math.round(y) };
      const actions = [at, { type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 }];
      await ask("POST", `${session}/actions`, { actions: [{ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions }] });
    },
    async press(key) {
      const actions = ["keyDown", "keyUp"].map((type) => ({ type, value: KEYS[key] }));
      await ask("POST", `${session}/actions`, { actions: [{ type: "key", id: "keyboard", actions }] });
    },
    async resize(width, height) {
      // The window has a frame and an address bar, which are not the page's, and it grows and shrinks when it gets round to it.
      const fits = async () => {
        const [inner, tall] = await visitor.run(() => [innerWidth, innerHeight] as [number, number]);
        if (tall === height && (inner === width || (inner > width && width < LEAST_WIDTH))) return true;
        const now = (await ask("GET", `${session}/window/rect`)) as { width: number; height: number };
        await ask("POST", `${session}/window/rect`, { x: 0, y: 0, width: now.width + width - inner, height: now.height + height - tall });
        return false;
      };
      await expect.poll(fits, { message: `the window is ${width}×${height}` }).toBe(true);
    },
    screenshot: async (path) => writeFile(path, Buffer.from((await ask("GET", `${session}/screenshot`)) as string, "base64")),
    async close() {
      await ask("DELETE", session).catch(() => undefined);
      await stop(driver);
      await stop(screen);
    },
  };
  return visitor;
}
