// SPDX-License-Identifier: MIT
// Compares the core's embeddings with ONNX Runtime on the same file: node ort.mjs CASES_DIR
//
// CASES_DIR/cases.json is a list of {model, input, rows, width, in, output, out, atol}; `in` and
// `out` are raw little-endian float32 [rows][...], what the core read and what it answered.  A case
// of a sparse model has `inputs` instead of `input`, `in` and `width`: {name, file, type, shape}.
// Prints TAP.  Install with ONNXRUNTIME_NODE_INSTALL=skip npm install (no GPU downloads).
import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";

import ort from "onnxruntime-node";

function floats(path) {
  const bytes = readFileSync(path);
  if (bytes.length % 4 !== 0) throw new Error(`${path}: not a whole number of float32`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

async function difference(folder, test) {
  const session = await ort.InferenceSession.create(resolve(folder, test.model), {
    executionMode: "sequential",
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const feeds = {};
  for (const { name, file, type, shape } of test.inputs ?? []) {
    const bytes = readFileSync(join(folder, file));
    const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const values = type === "int64" ? new BigInt64Array(copy) : new Float32Array(copy);
    feeds[name] = new ort.Tensor(type, values, shape);
  }
  const input =
    test.input === undefined
      ? undefined
      : new ort.Tensor("float32", floats(join(folder, test.in)), [test.rows, test.width]);
  for (const name of test.inputs === undefined ? session.inputNames : []) {
    // A file of both towers wants both inputs, of one batch size N.
    feeds[name] = name === test.input ? input : blank(session, name, test.rows);
  }
  const output = (await session.run(feeds))[test.output];
  const core = floats(join(folder, test.out));
  if (core.length !== output.data.length || output.dims[0] !== test.rows) {
    throw new Error(`ONNX Runtime gives [${output.dims}], the core ${core.length} numbers`);
  }
  let most = 0;
  for (let i = 0; i < core.length; i++) {
    const apart = Math.abs(core[i] - output.data[i]);
    if (!(apart <= most)) most = apart; // a NaN stays
  }
  await session.release();
  return most;
}

function blank(session, name, rows) {
  const width = session.inputMetadata.find((input) => input.name === name).shape[1];
  return new ort.Tensor("float32", new Float32Array(rows * width).fill(1), [rows, width]);
}

const folder = process.argv[2];
if (folder === undefined) {
  console.error("usage: node ort.mjs CASES_DIR");
  process.exit(2);
}
const cases = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8"));
let failed = cases.length === 0;
console.log(`1..${cases.length}`);
for (const [i, test] of cases.entries()) {
  const name = `${basename(test.model)} ${test.output}`;
  try {
    const apart = await difference(folder, test);
    const ok = apart <= test.atol;
    failed ||= !ok;
    console.log(
      `${ok ? "ok" : "not ok"} ${i + 1} - ${name}: max difference from ONNX Runtime ` +
        `${apart.toExponential(2)}, at most ${test.atol}`,
    );
  } catch (error) {
    failed = true;
    console.log(`not ok ${i + 1} - ${name}\n# ${String(error.message).replaceAll("\n", "\n# ")}`);
  }
}
process.exitCode = failed ? 1 : 0;
