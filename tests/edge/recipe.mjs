// SPDX-License-Identifier: MIT
// Opens a page in headless Chromium and prints its title: recipe.mjs MODULE STORE KEY PAGE
import { readFileSync } from "node:fs";
import { withPage } from "./browser.mjs";

const [, , module, store, key, page] = process.argv;
const roots = {
  "/twotower.js": readFileSync(module),
  "/two_tower": store,
  "/release.key.pub": readFileSync(key),
  "/page.html": readFileSync(page),
};
await withPage(roots, async (open) => {
  const tab = await open();
  tab.on("pageerror", (error) => console.error(error.message));
  await tab.goto(new URL("/page.html", tab.url()).href);
  await tab.waitForFunction(() => document.title !== "", null, { timeout: 20000 });
  console.log(await tab.title());
});
