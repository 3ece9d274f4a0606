// SPDX-License-Identifier: MIT
// Pictures of every view, to look at: node shots.mjs PAGE FOLDER [LANGUAGE]
import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";
import { mkdirSync } from "node:fs";

const [page, folder, locale = "en-GB"] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const views = [
  "summary",
  "users/3",
  "items/5",
  "try/0,3,9",
  "bias/tags",
  "distribution/maker",
  "segments",
  "health",
  "map",
];
for (const [name, width, height, colorScheme] of [
  ["desktop", 1280, 900, "light"],
  ["phone", 390, 844, "dark"],
]) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale });
  const tab = await context.newPage();
  tab.on("console", (message) => console.log(name, message.type(), message.text()));
  tab.on("pageerror", (error) => console.log(name, error.stack));
  for (const view of views) {
    await tab.goto(`${pathToFileURL(page)}#/${view}`);
    await tab.reload();
    await tab.waitForSelector("html[data-ready]", { timeout: 60000 });
    await tab.waitForTimeout(300);
    await tab.screenshot({ path: `${folder}/${name}-${view.split("/")[0]}.png`, fullPage: true });
  }
}
await browser.close();
