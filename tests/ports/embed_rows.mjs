// SPDX-License-Identifier: MIT
// The digests of tests/interop/embed_rows.c through the WebAssembly port, with both of its builds:
//     node embed_rows.mjs PACKAGE MODEL ROWS     (or: deno run --allow-read)
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { argv } from "node:process";

const [, , folder, modelPath, rowsPath] = argv;
const { Model, TwoTowerError } = await import(pathToFileURL(`${folder}/twotower.js`).href);

// FNV-1a of 64 bits in four digits of 16, as BigInt would take minutes.
function mixer() {
  let d = [0x2325, 0x8422, 0x9ce4, 0xcbf2];
  return {
    mix(bytes) {
      let [a, b, c, e] = d;
      for (let i = 0; i < bytes.length; i++) {
        a ^= bytes[i];
        // times 0x100000001b3 = 2^40 + 0x1b3
        const x = a * 0x1b3, y = b * 0x1b3 + (x >>> 16), z = c * 0x1b3 + ((a & 0xff) << 8) + (y >>> 16);
        const w = e * 0x1b3 + (a >>> 8) + ((b & 0xff) << 8) + Math.floor(z / 65536);
        a = x & 0xffff;
        b = y & 0xffff;
        c = z & 0xffff;
        e = w & 0xffff;
      }
      d = [a, b, c, e];
    },
    toString: () => d.reverse().map((digit) => digit.toString(16).padStart(4, "0")).join(""),
  };
}

function embed(model, tower, rows) {
  try {
    return model.embed(tower, rows);
  } catch (error) {
    if (!(error instanceof TwoTowerError) || error.code !== "nonfinite") throw error;
    return null;
  }
}

function run(kernel, rows) {
  const model = new Model(readFileSync(modelPath), { kernel, verify: true });
  const vectors = mixer(), inputs = mixer();
  for (let at = 0, end; at < rows.length; at = end) {
    const { tower } = rows[at];
    for (end = at; end < rows.length && end < at + 64 && rows[end].tower === tower;) end++;
    const made = embed(model, tower, rows.slice(at, end).map(({ row }) => row));
    if (!made) throw new Error(`a row from ${at} on has no embedding`);
    vectors.mix(new Uint8Array(made.data.buffer, made.data.byteOffset, made.data.byteLength));
    inputs.mix(Buffer.concat(made.digests.map((digest) => Buffer.from(digest, "hex").reverse())));
  }
  return `${vectors}\n${inputs}`;
}

const { Buffer } = await import("node:buffer");
const rows = readFileSync(rowsPath, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
const results = ["scalar", "simd"].map((kernel) => run(kernel, rows));
if (results[0] !== results[1]) throw new Error(`scalar and SIMD differ:\n${results.join("\n")}`);
console.log(results[0]);
