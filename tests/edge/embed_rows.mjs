// SPDX-License-Identifier: MIT
// The digests of tests/interop/embed_rows.c in headless Chromium, in a page and in a worker:
// embed_rows.mjs PACKAGE MODEL ROWS
import { withPage } from "./browser.mjs";

const [, , folder, model, rows] = process.argv;
const worker = Buffer.from(`
  import * as api from "/twotower/twotower.js";
  import { rowsDigest } from "/ports/rows_digest.mjs";
  const read = async (path) => await fetch(path);
  const model = new Uint8Array(await (await read("/model")).arrayBuffer());
  postMessage(rowsDigest(api, model, await (await read("/rows")).text()));`);
await withPage(
  { "/twotower": folder, "/ports": "tests/ports", "/model": model, "/rows": rows, "/worker.mjs": worker },
  async (open) => {
    const page = await open();
    const inPage = await page.evaluate(async () => {
      const api = await import("/twotower/twotower.js"),
        { rowsDigest } = await import("/ports/rows_digest.mjs");
      const model = new Uint8Array(await (await fetch("/model")).arrayBuffer());
      return rowsDigest(api, model, await (await fetch("/rows")).text());
    });
    const inWorker = await page.evaluate(
      () =>
        new Promise((done, failed) => {
          const worker = new Worker("/worker.mjs", { type: "module" });
          worker.onmessage = ({ data }) => done(data);
          worker.onerror = ({ message }) => failed(new Error(message));
        }),
    );
    if (inPage !== inWorker) throw new Error(`page and worker differ:\n${inPage}\n${inWorker}`);
    console.log(inPage);
  },
);
