/** A shop's own gateway: its brand is on every page, and its pictures come though no page may read them. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, expectNoViolations, test } from "../browser";
import { inEach } from "../browsers/each";
import { expectInEveryWindow, expectInWindow, expectText, RESULT, tap } from "../browsers/page";
import { python } from "../system";
import { openGateway } from "./gateway";

const NAME = "Ann & Co";
let folder: string;
let shop: Awaited<ReturnType<typeof openGateway>>;

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "shop-"));
  execFileSync(python, ["e2e/shop/certificate.py", folder]);
  writeFileSync(
    join(folder, "logo.svg"),
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="20" fill="#0a5c36"/></svg>',
  );
  shop = await openGateway({
    PROTEUS_BRAND_NAME: NAME,
    PROTEUS_BRAND_LOGO: join(folder, "logo.svg"),
    PROTEUS_BRAND_COLOUR: "#0a5c36",
    PROTEUS_BRAND_COLOUR_DARK: "#9be0b8",
    SSL_CERT_FILE: join(folder, "certificate.pem"), // whom the gateway trusts
  });
});

test.afterAll(async () => {
  await shop?.end();
  rmSync(folder, { recursive: true, force: true });
});

for (const [colorScheme, colour, on] of [
  ["light", "rgb(10, 92, 54)", "rgb(255, 255, 255)"],
  ["dark", "rgb(155, 224, 184)", "rgb(0, 0, 0)"],
] as const)
  test(`name, logo and colours are the shop's on every page, and its title, ${colorScheme}`, async ({ another }) => {
    const page = await another({ baseURL: shop.url, colorScheme, reducedMotion: "reduce" });
    for (const [path, title] of [
      ["/studio", "See it on you"],
      ["/mirror", "Mirror"],
      ["/history", "History"],
      ["/wardrobe", "Wardrobe"],
      ["/body", "Your measures"],
      ["/account", "Sign in"],
      ["/nowhere", "There is no such page."],
    ] as const) {
      await page.goto(path);
      await expect(page).toHaveTitle(`${title} · ${NAME}`);
      const home = page.getByRole("banner").getByRole("link", { name: NAME, exact: true });
      await expect(home).toBeVisible();
      const logo = home.locator("img");
      await expect(logo).toHaveAttribute("src", "/site/logo");
      await expect.poll(() => logo.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(40);
      await expect(page.locator("body")).not.toContainText("Proteus");
    }
    await page.goto("/studio");
    const button = page.getByRole("button", { name: "Take a photo: You" });
    await expect(button).toHaveCSS("background-color", colour);
    await expect(button).toHaveCSS("color", on);
    await expectNoViolations(page);
    // A page of the gateway's own, which letters and the foot of each page lead to.
    await page.getByRole("link", { name: "Privacy" }).click();
    await expect(page).toHaveTitle(new RegExp(NAME));
  });

test.use({ ignoreHTTPSErrors: true });

inEach("a shop's link brings its garment, the part and the name: by this browser where the shop lets it, else by the server", async (visitor) => {
  const asked: IncomingHttpHeaders[] = [];
  const pictures = createServer(
    { key: readFileSync(join(folder, "key.pem")), cert: readFileSync(join(folder, "certificate.pem")) },
    ({ headers, url }, answer) => {
      asked.push(headers);
      if (url === "/none.jpg") return answer.writeHead(404).end();
      if (url === "/open.jpg") answer.setHeader("access-control-allow-origin", "*");
      answer.setHeader("content-type", "image/jpeg").end(readFileSync("../samples/drawn/garments/tshirt.jpg"));
    },
  );
  await new Promise<void>((resolve) => pictures.listen(0, "127.0.0.1", resolve));
  const whoAsked = () => asked.splice(0).map(({ origin, "user-agent": agent }) => origin ?? agent);
  const open = (picture: string, part: string) => {
    const address = `https://127.0.0.1:${(pictures.address() as AddressInfo).port}/${picture}.jpg`;
    return visitor.goto(`${shop.url}/studio?garment=${encodeURIComponent(address)}&part=${part}&title=Linen+shirt`);
  };
  try {
    await open("open", "overall");
    await expectInEveryWindow(visitor, "img[alt='Garment: Linen shirt']", "label:has(> input[value=overall]:checked)");
    expect(whoAsked(), "the page's policy knows the shop").toEqual([shop.url]);
    expect(await visitor.run(() => location.search)).toBe("");

    await open("closed", "upper");
    const garment = "img[alt=Garment]";
    await expectInEveryWindow(visitor, garment, "label:has(> input[value=upper]:checked)");
    expect(await visitor.run((garment) => document.querySelector<HTMLImageElement>(garment)?.naturalWidth, garment)).toBe(768);
    expect(whoAsked(), "the page was refused first").toEqual([shop.url, "proteus"]);
    await tap(visitor, "Ada");
    await tap(visitor, "Try it on");
    await expectInWindow(visitor, RESULT);
    await tap(visitor, "History");
    await expectText(visitor, "[data-testid=history-card]", "Linen shirt");

    await open("none", "upper");
    await expectText(visitor, "[role=alert]", "could not be fetched");
  } finally {
    pictures.closeAllConnections();
    pictures.close();
  }
});
