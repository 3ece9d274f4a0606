// SPDX-License-Identifier: MIT
// The WebAssembly port beside onnxruntime-web, one thread each: bench_wasm.mjs PACKAGE DIR
// DIR has a plain MLP's user_tower.onnx and user_tower_sparse.onnx, and users.json.
import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url)),
  edge = `${here}/edge`;
const { each, first } = await import("./edge/contest.mjs");
const [, self, folder, dir, step, stored] = process.argv;
const dist = `${edge}/node_modules/onnxruntime-web/dist`;
const TURNS = 9,
  KINDS = ["ours", "sparse", "dense"];
const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

const node = {
  twotower: pathToFileURL(resolve(folder, "twotower.js")).href,
  ort: pathToFileURL(`${dist}/ort.node.min.mjs`).href,
  place: (name) => resolve(dir, name),
  read: (name) => Promise.resolve(new Uint8Array(readFileSync(`${dir}/${name}`))),
};
if (step === "each") {
  console.log(JSON.stringify(await each(node)));
  process.exit(0);
} else if (step) {
  console.log(await first(node, step, stored === "stored"));
  process.exit(0);
}

/** The medians of turns in which each kind has its own. */
async function turns(run) {
  const times = Object.fromEntries(KINDS.map((kind) => [kind, []]));
  for (let turn = 0; turn < TURNS; turn++) for (const kind of KINDS) times[kind].push(await run(kind));
  return Object.fromEntries(KINDS.map((kind) => [kind, median(times[kind])]));
}

async function inNode() {
  const run = (...what) =>
    JSON.parse(
      execFileSync(process.execPath, ["--no-warnings", self, folder, dir, ...what], {
        encoding: "utf8",
        maxBuffer: 1 << 28,
      }),
    );
  const result = run("each");
  writeFileSync(`${dir}/first.json`, JSON.stringify(result.first));
  return { ...result, firsts: await turns((kind) => run(kind)), stored: await turns((kind) => run(kind, "stored")) };
}

async function inChromium() {
  const { hasBrowser, withPage } = await import("./edge/browser.mjs");
  if (!hasBrowser) return null;
  return await withPage(
    { "/twotower": folder, "/ort": dist, "/contest.mjs": `${edge}/contest.mjs`, "/data": dir },
    async (open) => {
      const ask = async (name, ...more) =>
        (await open()).evaluate(
          async ([name, more]) => {
            const world = {
              twotower: "/twotower/twotower.js",
              ort: "/ort/ort.wasm.min.mjs",
              wasm: "/ort/",
              read: async (file) => new Uint8Array(await (await fetch(`/data/${file}`)).arrayBuffer()),
            };
            return await (await import("/contest.mjs"))[name](world, ...more);
          },
          [name, more],
        );
      const result = await ask("each");
      return { ...result, firsts: await turns((kind) => ask("first", kind)) };
    },
  );
}

function line(what, theirs, ours, unit, wanted) {
  const ratio = theirs / ours,
    number = (value) => `${value.toFixed(value < 10 ? 2 : 1).padStart(9)} ${unit}`;
  console.log(
    `${what.padEnd(52)} ${number(theirs)} ${number(ours)} ` +
      `${ratio.toFixed(1).padStart(7)} ${String(wanted).padStart(7)}`,
  );
}

function report(place, result) {
  const { firsts, stored } = result;
  line(`${place}: to the first embedding, dense form`, firsts.dense, firsts.ours, "ms", 20);
  line(`${place}: to the first embedding, sparse form`, firsts.sparse, firsts.ours, "ms", 20);
  if (stored) line(`${place}: the same from a file, dense form`, stored.dense, stored.ours, "ms", 20);
  line(`${place}: one embedding, dense form`, 1e3 * result.dense, 1e3 * result.ours, "us", 8);
  line(`${place}: one embedding, sparse form`, 1e3 * result.sparse, 1e3 * result.ours, "us", 2);
  line(`${place}: the same, ours from JSON rows`, 1e3 * result.sparse, 1e3 * result.rows, "us", "");
}

const nodeResult = await inNode();
console.log(
  `a plain MLP, ${nodeResult.users} users, ${nodeResult.width} ` +
    `features of which ${nodeResult.entries} are set; vectors at most ` +
    `${nodeResult.apart.toExponential(1)} apart`,
);
console.log(
  `${"onnxruntime-web, ours, ratio, wanted".padEnd(52)} ${"theirs".padStart(12)} ` +
    `${"ours".padStart(12)} ${"ratio".padStart(7)} ${"wanted".padStart(7)}`,
);
const kb = (path) => statSync(path).size / 1e3;
line(
  "module, its smallest and our larger, raw",
  kb(`${dist}/ort-wasm-simd-threaded.wasm`),
  kb(`${folder}/twotower-simd.wasm`),
  "kB",
  200,
);
report("node", nodeResult);
const page = await inChromium();
if (page) report("Chromium", page);
else console.log("left out: Chromium is not installed");
