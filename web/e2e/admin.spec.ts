/** The operator's page, on the real system: what it shows while jobs run, and what acting there does. */
import type { Page } from "@playwright/test";

import { expect, expectNoViolations, expectResult, signUp, test, tryOn } from "./browser";
import { proteus, publish, signal } from "./system";

/** An account that the operator's command made an admin, on its page. */
async function openAsAdmin(page: Page): Promise<string> {
  const email = await signUp(page);
  proteus("admins", "add", email);
  await page.reload();
  await page.getByRole("link", { name: "Operations" }).click();
  await expect(page.getByTestId("board")).toBeVisible();
  return email;
}

const key = (page: Page, name: string) => page.getByTestId(`key-weaver.${name}`);

async function pin(page: Page, name: string, label: string, value: string): Promise<void> {
  await page.getByLabel(`${label}: value to pin`).selectOption(value);
  await page.getByRole("button", { name: `Pin ${label}`, exact: true }).click();
  await expect(key(page, name)).toHaveAttribute("data-pinned", "true");
}

async function unpin(page: Page, name: string, label: string): Promise<void> {
  await page.getByRole("button", { name: `Unpin ${label}` }).click();
  await expect(key(page, name)).toHaveAttribute("data-pinned", "false");
  await expect(page.getByLabel(`${label}: value to pin`)).toBeFocused(); // not lost with the button
}

/** The first dead letter in the list has come, of a message to the tailor that is none. */
async function loseMessage(page: Page): Promise<void> {
  publish("tailor.requests", "nonsense");
  await expect(page.getByTestId("dead-letter")).toHaveCount(1);
}

async function drop(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Drop dead letter/ }).click();
  await page.getByRole("button", { name: "Drop it for good" }).click();
  await expect(page.getByText("None. Every message found its worker.")).toBeVisible();
}

test("an admin sees the queue and the workers while a try-on waits, runs and ends", async ({ page, another }) => {
  await openAsAdmin(page);
  const shopper = await another();
  await signUp(shopper);
  const lane = page.getByTestId("lane-try_on-standard");
  const weaver = page.getByTestId("worker").filter({ has: page.getByRole("heading", { name: /^weaver/ }) });
  await expect(lane).toHaveText("0 waiting · 0 in work");
  await expect(weaver).toContainText("warp (preview)");
  await expect(weaver.getByTestId("heartbeat")).toHaveText(/ s ago$/);
  signal("weaver", "SIGSTOP");
  try {
    await tryOn(shopper, "Ada", "T-shirt");
    await expect(lane).toHaveText(/^(1 waiting · 0 in work|0 waiting · 1 in work)$/); // a pull that was out before has taken it
  } finally {
    signal("weaver", "SIGCONT");
  }
  await expectResult(shopper);
  await expect(lane).toHaveText("0 waiting · 0 in work");
  await expect(page.getByRole("img", { name: /^Jobs by minute of the last hour: [1-9]/ })).toBeVisible();
  await expect(weaver.getByRole("img", { name: /^Seconds of a pass by batch size. Measured: batch 1 / })).toBeVisible();
  await weaver.getByText("Numbers").click();
  await expect(weaver.getByRole("row", { name: /^1 .* s/ })).toBeVisible();
  const cost = page.getByRole("region", { name: "Cost" });
  await expect(cost).toContainText("1 weaver alive, at 0.80 an hour each");
  await expect(cost.getByText("a picture").locator("xpath=..")).toContainText(/0\.\d+/);
});

test("without a price of an hour, the page says which setting gives it", async ({ page }) => {
  await page.route("**/operations", async (route) => {
    const answer = await route.fetch();
    const cost = { gpu_hour_price: null, weavers: 1, per_hour: null, per_image: null };
    await route.fulfill({ json: { ...((await answer.json()) as object), cost } });
  });
  await openAsAdmin(page);
  await expect(page.getByRole("region", { name: "Cost" })).toContainText("Set PROTEUS_GPU_HOUR_PRICE");
});

test("what an admin pins is what weavers do, until it is unpinned", async ({ page, another }) => {
  await openAsAdmin(page);
  await pin(page, "mode", "Mode", "SURGE");
  try {
    await expect(page.getByTestId("mode")).toHaveText("SURGE");
    const batch = page.getByLabel("Batch size: value to pin");
    await batch.fill("9");
    await batch.press("Enter");
    expect(await batch.evaluate((input: HTMLInputElement) => input.validity.rangeOverflow)).toBe(true);
    await batch.fill("4");
    await batch.press("Enter");
    await expect(key(page, "batch_size")).toContainText("pinned");
    await expect(key(page, "batch_size").getByTestId("holds")).toHaveText("4");
    await pin(page, "quality", "Quality", "quick");

    const shopper = await another();
    await signUp(shopper);
    signal("weaver", "SIGSTOP");
    try {
      await tryOn(shopper, "Kofi", "T-shirt");
      await expect(shopper.getByText("It is very busy: try-ons are worked on in large groups.")).toBeVisible();
      await expect(shopper.getByText("pictures are made in fewer steps for now")).toBeVisible();
    } finally {
      signal("weaver", "SIGCONT");
    }
    await expectResult(shopper);
    await expect(shopper.getByText("Made in fewer steps, to keep waits short.")).toBeVisible();
  } finally {
    await unpin(page, "mode", "Mode");
    await unpin(page, "batch_size", "Batch size");
    await unpin(page, "quality", "Quality");
  }
  await expect(page.getByTestId("mode")).toHaveText("VIP");
  await expect(key(page, "batch_size").getByTestId("holds")).toHaveText("1");
});

test("a pin that no weaver obeys is named, and so is a lane that an operator paused", async ({ page }) => {
  await openAsAdmin(page);
  const batch = key(page, "batch_size");
  publish("$KV.config.weaver.batch_size.pin", "banana");
  await expect(batch).toContainText("the pin “banana” is no value that a worker obeys");
  await expect(batch.getByTestId("holds")).toHaveText("1");
  await page.getByRole("button", { name: "Unpin Batch size" }).click();
  await expect(batch).not.toContainText("banana");

  const lane = page.getByTestId("lane-tailor-standard");
  const pause = (until: number) => publish("$JS.API.CONSUMER.PAUSE.TAILOR.tailor", JSON.stringify({ pause_until: new Date(until) }));
  pause(Date.now() + 3_600_000);
  try {
    await expect(lane).toContainText("paused: nothing is handed out");
  } finally {
    pause(0);
  }
  await expect(lane).not.toContainText("paused");
});

test("the page is there for admins alone, and for those who sign in as one", async ({ page, another }) => {
  const email = await openAsAdmin(page);
  const somebody = await another();
  await signUp(somebody);
  await expect(somebody.getByRole("link", { name: "Operations" })).toHaveCount(0);
  await somebody.goto("/admin");
  await expect(somebody.getByRole("heading", { name: "There is no such page." })).toBeVisible();

  const visitor = await another();
  await visitor.goto("/admin");
  await visitor.getByLabel("E-mail address").fill(email);
  await visitor.getByLabel("Password").fill("a long password");
  await visitor.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(visitor.getByTestId("board")).toBeVisible();
  expect(new URL(visitor.url()).pathname).toBe("/admin");

  proteus("admins", "remove", email);
  await expect(visitor.getByRole("heading", { name: "There is no such page." })).toBeVisible();
});

test("when the gateway does not answer, the last picture stays and says so", async ({ page }) => {
  await openAsAdmin(page);
  const board = page.getByTestId("board");
  signal("gateway", "SIGSTOP"); // it neither answers nor refuses
  try {
    await expect(board).toHaveAttribute("data-stale", "true");
    await expect(page.getByText("looking again every 2 seconds")).toBeVisible();
    await expect(board.getByRole("heading", { name: "Queue" })).toBeVisible();
    await expectNoViolations(page);
  } finally {
    signal("gateway", "SIGCONT");
  }
  await expect(board).toHaveAttribute("data-stale", "false");
});

test("a tab that nobody sees asks nothing, and looks at once when it is seen again", async ({ page }) => {
  await page.clock.install();
  await openAsAdmin(page);
  const turn = (visibility: string) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "visibilityState", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }, visibility);
  await turn("hidden");
  let looks = 0;
  page.on("request", (request) => {
    if (new URL(request.url()).pathname.startsWith("/operations")) looks++;
  });
  await page.clock.runFor(60_000);
  expect(looks).toBe(0);
  await turn("visible");
  await expect.poll(() => looks).toBeGreaterThan(0);
});

for (const colorScheme of ["light", "dark"] as const)
  test(`axe finds nothing on the operator's page, and it fits a phone, ${colorScheme}`, async ({ another }) => {
    const page = await another({ colorScheme, reducedMotion: "reduce" });
    await openAsAdmin(page);
    await loseMessage(page);
    await expectNoViolations(page);
    await page.getByRole("button", { name: /^Show dead letter/ }).click();
    await expect(page.getByRole("region", { name: "Message" })).toContainText("nonsense");
    await expectNoViolations(page);
    await page.keyboard.press("Escape");
    for (const width of [1440, 768, 360]) {
      await page.setViewportSize({ width, height: 740 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `at ${width} px`).toBeLessThanOrEqual(width);
    }
    await expectNoViolations(page);
    await drop(page);
  });

/** Queue more try-ons of the pictures of the first one; their ids. */
async function burst(page: Page, count: number): Promise<string[]> {
  const answers = await page.evaluate(async (count) => {
    const [vton] = ((await (await fetch("/vton")).json()) as { items: { id: string; user_snap_s3: string; uncleaned_outfit_s3: string }[] }).items;
    const body = JSON.stringify({ vton_id: vton?.id, user_snap_s3: vton?.user_snap_s3, uncleaned_outfit_s3: vton?.uncleaned_outfit_s3 });
    const post = () => fetch("/jobs/weaver", { method: "POST", headers: { "content-type": "application/json" }, body });
    return Promise.all(Array.from({ length: count }, async () => (await (await post()).json()) as { job_id: string; status: string }));
  }, count);
  expect(answers.filter(({ status }) => status !== "queued")).toEqual([]);
  return answers.map(({ job_id }) => job_id);
}

async function cancel(page: Page, ids: string[]): Promise<void> {
  await page.evaluate((ids) => Promise.all(ids.map((id) => fetch(`/jobs/${id}`, { method: "DELETE" }))), ids);
}

test("a burst turns the mode; pictures of the operator's page", async ({ another }, info) => {
  const shopper = await another();
  await signUp(shopper);
  await tryOn(shopper, "Mei", "Striped top");
  await expectResult(shopper);
  const page = await another({ colorScheme: "light", reducedMotion: "reduce" });
  await openAsAdmin(page);
  await loseMessage(page);
  const [lane, mode] = [page.getByTestId("lane-try_on-standard"), page.getByTestId("mode")];
  const batch = page.getByLabel("Batch size: value to pin");
  await batch.fill("4");
  await batch.press("Enter");
  await expect(key(page, "batch_size")).toContainText("pinned; was 1");
  await page.getByRole("button", { name: "Close" }).click(); // the notice
  signal("weaver", "SIGSTOP"); // else it may be as quick as they come, and no batch forms
  try {
    await burst(shopper, 8); // so few that the mode stays
  } finally {
    signal("weaver", "SIGCONT");
  }
  await expect(page.getByRole("img", { name: /^Seconds of a pass .* batch [2-9] / })).toBeVisible();
  await expect(lane).toHaveText("0 waiting · 0 in work");
  signal("weaver", "SIGSTOP"); // else it is through before the page is looked at
  try {
    const waiting = await burst(shopper, 60);
    await expect(mode).toHaveText("SURGE");
    await expect(lane).toHaveText(/^[1-9]\d* waiting · /);
    const folder = process.env.PICTURES ?? info.outputDir;
    await page.screenshot({ path: `${folder}/admin.png`, fullPage: true });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: info.outputPath("admin-dark.png"), fullPage: true });
    await page.setViewportSize({ width: 360, height: 740 });
    await page.screenshot({ path: info.outputPath("admin-phone.png"), fullPage: true });
    await cancel(shopper, waiting);
  } finally {
    signal("weaver", "SIGCONT");
  }
  await unpin(page, "batch_size", "Batch size");
  await drop(page);
  await expect(lane).toHaveText("0 waiting · 0 in work");
  await expect(mode).toHaveText("VIP"); // as whatever comes next expects it
});
