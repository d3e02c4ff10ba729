/** What a screen reader says: the browser's own accessibility tree in its order, and what live regions call out meanwhile. */
import type { Page } from "@playwright/test";

import { expect } from "./browser";

interface Node {
  nodeId: string;
  ignored: boolean;
  role?: { value: string };
  name?: { value: string };
  value?: { value: unknown };
  description?: { value: string };
  properties?: { name: string; value: { value?: unknown } }[];
  childIds?: string[];
}

/** They are said by their names, and so is what lies in them. */
const WHOLE = new Set(["button", "link", "heading", "image", "radio", "checkbox", "textbox", "combobox", "columnheader", "DisclosureTriangle", "progressbar"]);
/** Their name, where they have one, is said before what lies in them. */
const AROUND = new Set(["region", "group", "radiogroup", "table", "form", "navigation", "status", "alert", "dialog"]);
/** Of these the state is said, too. */
const STATES: Record<string, (value: unknown) => string | null> = {
  disabled: (value) => (value ? "unavailable" : null),
  checked: (value) => (value === "true" ? "checked" : "not checked"),
  expanded: (value) => (value ? "expanded" : "collapsed"),
  invalid: (value) => (value === "true" ? "invalid" : null),
};

function phrase(node: Node): string | null {
  const role = node.role?.value ?? "";
  const name = node.name?.value.trim() ?? "";
  if (role === "StaticText") return name || null;
  if (!WHOLE.has(role) && !(AROUND.has(role) && name)) return null;
  const states = (node.properties ?? []).map((property) => STATES[property.name]?.(property.value.value) ?? null);
  const value = node.value?.value;
  return [role, name || "without a name", value === undefined || value === "" ? null : String(value), ...states, node.description?.value]
    .filter((part) => part)
    .join(", ");
}

/** Line by line what is said of the page's `role` of that name, from its first word on. */
async function read(page: Page, role: string, name: string): Promise<string[]> {
  const devtools = await page.context().newCDPSession(page);
  const { nodes } = (await devtools.send("Accessibility.getFullAXTree")) as { nodes: Node[] };
  await devtools.detach();
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const said: string[] = [];
  (function say(node: Node | undefined): void {
    if (!node) return;
    const line = node.ignored ? null : phrase(node);
    if (line !== null) said.push(line);
    if (line === null || AROUND.has(node.role?.value ?? "")) for (const id of node.childIds ?? []) say(byId.get(id));
  })(nodes.find((node) => !node.ignored && node.role?.value === role && node.name?.value === name));
  return said;
}

/** All of `lines` are said there, in that order; other things may be said between them, but nothing without a name. */
export async function expectSaid(page: Page, [role, name]: [role: string, name: string], lines: (string | RegExp)[]): Promise<void> {
  await expect(async () => {
    const said = await read(page, role, name);
    expect(said.filter((line) => line.includes("without a name"))).toEqual([]);
    let at = -1;
    const missing = lines.filter((line) => {
      const next = said.findIndex((one, place) => place > at && (typeof line === "string" ? one === line : line.test(one)));
      if (next >= 0) at = next;
      return next < 0;
    });
    expect(missing, `said was:\n${said.join("\n")}`).toEqual([]);
  }).toPass({ timeout: 120_000 });
}
