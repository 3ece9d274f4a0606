// SPDX-License-Identifier: MIT
// Opens the page as people do, at one size, and prints TAP:
// check_page.mjs desktop|phone PAGE TITLES CHOSEN RECOMMENDED PAGE_WITHOUT_MADE_UP PAGE_WITH_IMAGES
import { chromium } from "playwright-core";
import { createRequire } from "node:module";
import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { failures as colours } from "./palette.mjs";

const [size, page, titlesFile, chosenFile, recommendedFile, smallPage, imagesPage] = process.argv.slice(2);
const titles = JSON.parse(readFileSync(titlesFile)),
  chosen = JSON.parse(readFileSync(chosenFile));
const recommended = JSON.parse(readFileSync(recommendedFile)).users[0].recommended;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(
  (path) => path && existsSync(path),
);
const look =
  size === "phone"
    ? { viewport: { width: 390, height: 844 }, colorScheme: "dark", hasTouch: true, isMobile: true }
    : { viewport: { width: 1280, height: 900 }, colorScheme: "light" };

let tests = 0;
async function test(name, run) {
  tests++;
  try {
    await run();
    console.log(`ok ${tests} - ${size}: ${name}`);
  } catch (error) {
    console.log(`not ok ${tests} - ${size}: ${name}\n# ${String(error.stack ?? error).replaceAll("\n", "\n# ")}`);
  }
}
function must(truth, said) {
  if (!truth) throw new Error(said);
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const context = await browser.newContext({ ...look, locale: "en-GB" });
const complaints = [],
  requests = [];
const url = pathToFileURL(page).href;
const tab = await context.newPage();
tab.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
tab.on("pageerror", (error) => complaints.push(String(error)));
context.on("request", (request) => request.url().split("#")[0] !== url && requests.push(request.url()));
// Playwright's waitForFunction evaluates text in the page, which the page's policy forbids.
async function until(truth, argument) {
  for (const end = Date.now() + 60000; Date.now() < end; await tab.waitForTimeout(30)) {
    if (await tab.evaluate(truth, argument)) return;
  }
  throw new Error(`never true: ${truth} ${argument ?? ""}`);
}
const ready = (of = tab) => of.waitForSelector("html[data-ready]", { timeout: 120000 });
async function open(view) {
  await tab.evaluate((hash) => {
    location.hash = hash;
  }, `#/${view}`);
  await until(
    (route) => document.querySelector(`#nav a[aria-current]`)?.getAttribute("href") === `#/${route}`,
    view.split("/")[0],
  );
  await until(() => document.querySelector("#main h1"));
  await tab.waitForTimeout(150);
}
const text = () => tab.evaluate(() => document.getElementById("main").innerText);

await test("the first view", async () => {
  await tab.goto(url);
  await ready();
  const first = await tab.evaluate(() => performance.now());
  console.log(`# first view after ${Math.round(first)} ms at most`);
  must((await text()).includes("Gate"), await text());
});
await test("the better run is told at a glance", async () =>
  must(/A: after is better/.test(await text()), await text()));

const views = [
  "summary",
  "users",
  "users/3",
  "items",
  "items/4",
  "try",
  `try/${chosen.join(",")}`,
  "bias/tags",
  "bias/maker",
  "distribution/tags",
  "distribution/performers",
  "segments",
  "health",
  "map",
  "map/b",
];
for (const view of views) {
  await test(`${view}: drawn, accessible, no wider than the screen`, async () => {
    await open(view);
    await tab.evaluate(() => {
      for (const one of document.querySelectorAll("#main details")) one.open = true;
    });
    await until(() => [...document.querySelectorAll("#main details")].every((one) => one.children.length > 1));
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    must(wide <= 0, `${wide} pixels too wide`);
    // Evaluated by the debugger: the page's policy lets nothing in.
    await tab.evaluate(axe);
    const found = await tab.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    must(
      found.violations.length === 0,
      JSON.stringify(
        found.violations.map((v) => [v.id, v.nodes.slice(0, 3).map((n) => [n.html.slice(0, 200), n.failureSummary])]),
        null,
        1,
      ),
    );
    const bare = await tab.evaluate(
      () =>
        [...document.querySelectorAll("#main figure")].filter(
          (one) => !one.querySelector("table") && !one.parentElement.querySelector("table"),
        ).length,
    );
    must(bare === 0, `${bare} charts without a table`);
  });
}

await test("hostile titles are text", async () => {
  for (const title of titles) {
    await open("items");
    const seen = title.split("\u2028")[0].slice(0, 30);
    await tab.getByRole("searchbox").fill(seen);
    const shown = await tab.evaluate(() => [...document.querySelectorAll(".found bdi")].map((one) => one.textContent));
    must(shown.includes(title), `${JSON.stringify(title)} is not among ${JSON.stringify(shown)}`);
  }
  const inside = await tab.evaluate(() => [
    document.title,
    document.querySelectorAll("#main script, #main img:not(.thumb img), #main iframe, #main style").length,
  ]);
  must(!inside[0].includes("owned") && inside[1] === 0, JSON.stringify(inside));
});
await test("a user is found, chosen and seen beside both runs", async () => {
  await open("users");
  const id = await tab.locator(".found a").nth(7).textContent();
  await tab.getByRole("searchbox").fill(id.slice(0, 13));
  await tab.getByRole("link", { name: id }).click();
  await tab.waitForSelector("#list-b .videos > li");
  for (const list of ["#list-a", "#list-b"]) must((await tab.locator(`${list} .videos > li`).count()) === 20, list);
  must((await text()).includes("Why:"), "no reason is given");
});
const listOf = (list) =>
  tab.evaluate(
    (of) =>
      [...document.querySelectorAll(`${of} .videos > li`)].map((row) => [
        row.querySelector(".title").getAttribute("href"),
        Number(row.querySelector(".score").lastChild.textContent),
      ]),
    list,
  );
await test("live lists are those of the program", async () => {
  for (const user of [3, 11, 40]) {
    await open(`users/${user}`);
    await tab.waitForSelector("#list-b .videos > li");
    const exact = await listOf("#list-a");
    await tab.locator("#list-length").fill("25");
    await tab.locator("#list-length").press("Tab");
    await until(() => document.querySelectorAll("#list-a .videos > li").length === 25);
    const live = await listOf("#list-a"),
      links = live.slice(0, 22).map(([link]) => link);
    must(
      exact.slice(0, 18).every(([link]) => links.includes(link)),
      `user ${user}: ${JSON.stringify([exact, live])}`,
    );
    must(
      exact.every(([, score], at) => Math.abs(score - live[at][1]) <= 0.004),
      `user ${user}: ${JSON.stringify([exact, live])}`,
    );
    await tab.locator("#list-length").fill("20");
    await tab.locator("#list-length").press("Tab");
    await until(() => document.querySelectorAll("#list-a .videos > li").length === 20);
  }
});
await test("a hidden video goes from both lists and comes back", async () => {
  await open("users/3");
  await tab.waitForSelector("#list-b .videos > li");
  const before = await listOf("#list-a"),
    first = before[0][0];
  await tab.locator("#list-a .videos button").first().click();
  await until(
    (link) =>
      !document.querySelector(`#list-a a[href="${link}"]`) && !document.querySelector(`#list-b a[href="${link}"]`),
    first,
  );
  must((await listOf("#list-a")).length === 20, "not 20");
  await tab.getByRole("button", { name: "Show hidden ones again" }).click();
  await until((link) => document.querySelector(`#list-a a[href="${link}"]`), first);
});
await test("known videos come in when asked for", async () => {
  await open("users/3");
  await tab.getByLabel("Include what the user knows").check();
  await until(() => [...document.querySelectorAll("#list-a .flag")].some((flag) => flag.textContent.includes("known")));
  await tab.getByLabel("Include what the user knows").uncheck();
});
await test("a random user", async () => {
  await open("users/3");
  await tab.getByRole("button", { name: "Random user" }).click();
  await until(() => /^#\/users\/\d+$/.test(location.hash));
});
await test("a made-up user gets what the program gives them", async () => {
  await open(`try/${chosen.join(",")}`);
  await tab.waitForSelector("#main .grid .videos > li");
  const shown = await tab.evaluate(() =>
    [...document.querySelectorAll("#main .grid > section:first-child .videos > li")].map((row) => [
      row.querySelector(".title").textContent,
      Number(row.querySelector(".score").lastChild.textContent),
    ]),
  );
  must(shown.length === 20, `${shown.length} rows`);
  must((await text()).includes("WebAssembly"), "not by the core");
  const near = recommended.filter((video, at) => shown.some(([title]) => title === video.title) || at >= 17);
  must(near.length === 20, JSON.stringify([recommended, shown]));
  must(
    recommended.every((video, at) => Math.abs(video.score - shown[at][1]) < 0.006),
    JSON.stringify([recommended, shown]),
  );
});
await test("a made-up user is built by clicks", async () => {
  await open("try");
  await tab.locator(".found button").first().click();
  await until(
    () => location.hash.startsWith("#/try/") && document.querySelectorAll("#main .grid .videos > li").length >= 20,
  );
  await tab
    .getByRole("button", { name: /^remove/ })
    .first()
    .click();
  await until(() => location.hash === "#/try/");
});
await test("the map names what is pointed at, and search finds on it", async () => {
  await open("map");
  await tab.getByRole("searchbox").fill("the");
  await tab.waitForSelector("#main [role=status] a");
  const box = await tab.locator("canvas").boundingBox();
  let named = 0;
  for (let i = 1; i < 9; i++) {
    await tab.mouse.click(box.x + (box.width * i) / 9, box.y + box.height / 2);
    named += await tab.locator("#main [role=status] a").count();
  }
  must(named > 0, "nothing was named");
});
await test("a table is narrowed down", async () => {
  await open("bias/tags");
  const name = await tab.locator(".long tbody th").nth(2).textContent();
  await tab.getByRole("searchbox").fill(name);
  must(
    (await tab.locator(".long tbody th").first().textContent()).toLowerCase().includes(name.toLowerCase()),
    "not found",
  );
});
await test("the keyboard reaches the content and moves on", async () => {
  await tab.goto(`${url}#/summary`);
  await tab.reload();
  await ready();
  await tab.keyboard.press("Tab");
  must(await tab.evaluate(() => document.activeElement.id === "skip"), "no skip link first");
  await tab.keyboard.press("Enter");
  must(await tab.evaluate(() => document.activeElement.id === "main"), "the skip link leads nowhere");
  await tab.locator("#nav a").nth(7).focus();
  await tab.keyboard.press("Enter");
  await until(() => location.hash === "#/health" && document.activeElement.id === "main");
});
await test("a page that is not there says so", async () => {
  await tab.evaluate(() => {
    location.hash = "#/nothing";
  });
  await until(() => document.querySelector("#main h1")?.textContent.includes("no such page"));
  for (const away of ["users/99999", "items/-1", "items/x", "try/99999,-4,x"]) await open(away);
});
await test("Japanese where the browser asks for it", async () => {
  const there = await browser.newContext({ ...look, locale: "ja-JP" }),
    other = await there.newPage();
  await other.goto(`${url}#/summary`);
  await ready(other);
  must(
    await other.evaluate(() => document.documentElement.lang === "ja" && document.body.innerText.includes("概要")),
    "English",
  );
  const left = [];
  for (const route of ["users/3", "items/2", "try/1", "bias", "distribution", "segments", "health", "map"]) {
    await other.evaluate((hash) => {
      location.hash = `#/${hash}`;
    }, route);
    await other.waitForTimeout(200);
    left.push(
      ...(await other.evaluate(() =>
        [...document.querySelectorAll("#main h1, #main h2:not(.title), #main caption, #main label")]
          .map((one) => one.textContent.trim())
          .filter((said) => /^[A-Za-z ]{4,}$/.test(said)),
      )),
    );
  }
  await there.close();
  must(left.length === 0, JSON.stringify(left));
});
// Answers for a server of images, and keeps what it was asked.
async function served() {
  const there = await browser.newContext({ ...look, locale: "en-GB" }),
    asked = [];
  await there.route(/^https?:/, (route) => {
    asked.push(route.request());
    return route.fulfill({ contentType: "image/png", body: Buffer.from(picture.split(",")[1], "base64") });
  });
  return { there, asked, page: await there.newPage() };
}
const picture = await tab.evaluate(() => data.images.find((one) => one && one.startsWith("data:")));
const small = size === "phone" ? [64, 48] : [80, 60];
const drawn = (of) =>
  of.evaluate(() =>
    [...document.querySelectorAll("#main .thumb img")]
      .filter((one) => one.naturalWidth > 0)
      .map((one) => [one.src, one.alt, one.clientWidth, one.clientHeight]),
  );
await test("an image inside the page is drawn, one elsewhere is a link", async () => {
  const [inside, away] = await tab.evaluate(() => [
    data.images.findIndex((one) => one && one.startsWith("data:")),
    data.images.findIndex((one) => one && one.startsWith("https:")),
  ]);
  await open(`items/${inside}`);
  await until(() => document.querySelector("#main .thumb.large img")?.naturalWidth === 24);
  await open(`items/${await tab.evaluate(() => data.images.indexOf(null))}`);
  must((await tab.locator("#main .card p").nth(2).innerText()).endsWith("— product page"), await text());
  await open(`items/${away}`);
  const link = await tab.evaluate(() => [
    document.querySelectorAll("#main .thumb.large").length,
    document.querySelector('#main .card a[href^="https://images.example/"]')?.textContent,
  ]);
  must(link[0] === 0 && link[1] === "image", JSON.stringify(link));
});
await test("the policy lets no image of the network in", async () => {
  const { there, asked, page: other } = await served();
  await other.goto(`${url}#/users/3`);
  await ready(other);
  const failed = await other.evaluate(
    () =>
      new Promise((done) => {
        document
          .querySelector("#main")
          .append(
            Object.assign(new Image(), {
              src: "https://images.example/x.png",
              onload: () => done(false),
              onerror: () => done(true),
            }),
          );
      }),
  );
  await there.close();
  must(failed && asked.length === 0, `${asked.map((one) => one.url())}`);
});
await test("with --images there are thumbnails, asked for without a referrer", async () => {
  const { there, asked, page: other } = await served();
  for (const view of ["users/3", "items/4"]) {
    await other.goto(`${pathToFileURL(imagesPage).href}#/${view}`);
    await ready(other);
    for (
      const end = Date.now() + 30000;
      Date.now() < end && !(await drawn(other)).some(([src]) => src.startsWith("https:"));
      await other.waitForTimeout(30)
    );
    const seen = await drawn(other);
    must(
      seen.some(([src]) => src.startsWith("https:")),
      JSON.stringify(seen),
    );
    must(
      seen.every(
        ([, alt, width, height]) =>
          alt && ((width === small[0] && height === small[1]) || (width > 200 && height === 192)),
      ),
      JSON.stringify(seen),
    );
    const tops = await other.evaluate(() =>
      [...document.querySelectorAll("#main .videos > li")].slice(0, 8).map((row) => row.getBoundingClientRect().height),
    );
    must(
      tops.every((height) => height >= small[1]),
      JSON.stringify(tops),
    );
    must(await other.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "too wide");
    await other.evaluate(axe);
    const found = await other.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    must(
      found.violations.length === 0,
      JSON.stringify(found.violations.map((v) => [v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200))])),
    );
  }
  await there.close();
  must(
    asked.every((one) => one.url().startsWith("https://images.example/") && !one.headers().referer),
    JSON.stringify(asked.map((one) => one.url())),
  );
});
await test("without the tables of made-up users the page says so", async () => {
  await tab.goto(`${pathToFileURL(smallPage).href}#/try`);
  await ready();
  must((await text()).includes("no user tower"), await text());
  await tab.goto(url);
  await ready();
});
if (size === "desktop") {
  await test("it prints, every table with it", async () => {
    const pdf = await tab.pdf({ format: "A4" });
    must(pdf.length > 20000, `${pdf.length} bytes`);
  });
}
const spent = [];
for (const view of ["users/5", "items/9", "bias/maker", "distribution/tags", "health"]) {
  spent.push(
    `${view} ${await tab.evaluate(
      (hash) =>
        new Promise((done) => {
          const main = document.getElementById("main"),
            before = performance.now();
          new MutationObserver((_, watching) => {
            watching.disconnect();
            requestAnimationFrame(() => done(Math.round(performance.now() - before)));
          }).observe(main, { childList: true });
          location.hash = hash;
        }),
      `#/${view}`,
    )} ms`,
  );
}
console.log(`# drawn after a click: ${spent.join(", ")}`);
await test("the colours hold for every eye", async () => {
  const failed = colours(readFileSync(new URL("../../tools/report/page/style.css", import.meta.url), "utf8"));
  must(failed.length === 0, failed.join("; "));
});
await test("nothing was asked of the network", async () =>
  must(requests.filter((one) => !one.startsWith(pathToFileURL(smallPage).href)).length === 0, requests.join(" ")));
await test("the console is empty", async () => must(complaints.length === 0, complaints.join("\n")));
await browser.close();
console.log(`1..${tests}`);
