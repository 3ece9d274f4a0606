// SPDX-License-Identifier: MIT
// Headless Chromium with folders and texts on the web: withPage({"/name": FOLDER, "/file": bytes}, work).
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { chromium } from "playwright-core";

const TYPES = {
  ".html": "text/html",
  ".mjs": "text/javascript",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const hasBrowser = existsSync(executablePath);

function find(roots, path) {
  for (const [prefix, what] of Object.entries(roots)) {
    if (path === prefix && typeof what !== "string") return what;
    const file = path.startsWith(`${prefix}/`) ? `${what}${path.slice(prefix.length)}` : path === prefix ? what : null;
    if (file && existsSync(file) && statSync(file).isFile()) return readFileSync(file);
  }
  return null;
}

export async function withPage(roots, work) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const body = path === "/" ? Buffer.from("<!doctype html>") : find(roots, path);
    response.writeHead(body ? 200 : 404, {
      "content-type": path === "/" ? "text/html" : (TYPES[extname(path)] ?? "application/octet-stream"),
    });
    response.end(body ?? "");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const open = async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return page;
  };
  try {
    return await work(open);
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}
