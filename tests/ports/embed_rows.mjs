// SPDX-License-Identifier: MIT
// The digests of tests/interop/embed_rows.c, in node, deno or bun: embed_rows.mjs PACKAGE MODEL ROWS
import { readFileSync } from "node:fs";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";
import { rowsDigest } from "./rows_digest.mjs";

const [, , folder, model, rows] = argv;
const api = await import(pathToFileURL(`${folder}/twotower.js`).href);
console.log(rowsDigest(api, readFileSync(model), readFileSync(rows, "utf8")));
