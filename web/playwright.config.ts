/** Every test runs in Debian's Chromium against one running system (e2e/system.ts), one test at a time. */
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  globalSetup: "./e2e/system.ts",
  workers: 1,
  // Nets under what hangs: nothing here is to be quick.
  timeout: 900_000,
  expect: { timeout: 120_000 },
  forbidOnly: true,
  reporter: [["list"], ["junit", { outputFile: "../build/tests/web.xml" }]],
  use: {
    browserName: "chromium",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--enable-unsafe-swiftshader"],
    },
    viewport: { width: 1280, height: 900 },
    screenshot: "only-on-failure",
  },
});
