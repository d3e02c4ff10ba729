/** A shop's own gateway: its brand is on every page, and its pictures come though no page may read them. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, expectNoViolations, expectResult, test } from "../browser";
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

test("a garment whose shop lets no page read it is fetched by the server, and worn", async ({ another }) => {
  const asked: IncomingHttpHeaders[] = [];
  const pictures = createServer(
    { key: readFileSync(join(folder, "key.pem")), cert: readFileSync(join(folder, "certificate.pem")) },
    ({ headers }, answer) => {
      asked.push(headers);
      answer.setHeader("content-type", "image/jpeg").end(readFileSync("../samples/drawn/garments/tshirt.jpg"));
    },
  );
  await new Promise<void>((resolve) => pictures.listen(0, "127.0.0.1", resolve));
  try {
    const address = `https://127.0.0.1:${(pictures.address() as AddressInfo).port}/pictures/9.jpg`;
    const page = await another({ baseURL: shop.url, ignoreHTTPSErrors: true });
    await page.goto(`/studio?garment=${encodeURIComponent(address)}&part=upper&title=Linen+shirt`);
    const garment = page.getByAltText("Garment", { exact: true });
    await expect(garment).toBeVisible();
    await expect.poll(() => garment.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(768);
    expect(asked.map(({ origin, "user-agent": agent }) => origin ?? agent), "the page was refused first").toEqual([shop.url, "proteus"]);
    await page.getByRole("button", { name: "Ada", exact: true }).click();
    await page.getByRole("button", { name: "Try it on", exact: true }).click();
    await expectResult(page);
    await page.getByRole("link", { name: "History" }).click();
    await expect(page.getByTestId("history-card")).toContainText("Linen shirt");
  } finally {
    pictures.closeAllConnections();
    pictures.close();
  }
});
