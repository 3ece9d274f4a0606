// SPDX-License-Identifier: MIT
// The digests of tests/interop/embed_rows.c through the WebAssembly port, with both of its builds, in any engine.

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

// The bytes of a digest's digits, the last first.
function bytesOf(digest) {
  return Uint8Array.from({ length: 8 }, (_, i) => parseInt(digest.slice(14 - 2 * i, 16 - 2 * i), 16));
}

// Rows without an embedding are zeros, as the core's test has them.
function embed({ TwoTowerError }, model, tower, rows) {
  try {
    return model.embed(tower, rows);
  } catch (error) {
    if (!(error instanceof TwoTowerError) || error.code !== "nonfinite") throw error;
    if (rows.length > 1) return null;
    const { digests, counts } = model.encode(tower, rows);
    return { data: new Float32Array(model.dim), digests, counts };
  }
}

// What a row says that it must meet.
function checkMet(model, tower, { row, met }, at) {
  const is = met && Object.values(model.encode(tower, [row]).counts).slice(0, 3);
  if (met && is.join() !== met.join()) throw new Error(`row ${at} met ${is}`);
}

function run(api, bytes, kernel, rows) {
  const model = new api.Model(bytes, { kernel, verify: true });
  const vectors = mixer(), inputs = mixer(), counts = [0, 0, 0, 0];
  for (let at = 0, end; at < rows.length; at = end) {
    const { tower } = rows[at];
    for (end = at; end < rows.length && end < at + 64 && rows[end].tower === tower;) end++;
    for (let i = at; i < end; i++) checkMet(model, tower, rows[i], i);
    let made = embed(api, model, tower, rows.slice(at, end).map(({ row }) => row));
    if (!made) made = embed(api, model, tower, rows.slice(at, (end = at + 1)).map(({ row }) => row));
    vectors.mix(new Uint8Array(made.data.buffer, made.data.byteOffset, made.data.byteLength));
    Object.values(made.counts).forEach((count, i) => (counts[i] += count));
    made.digests.forEach((digest) => inputs.mix(bytesOf(digest)));
  }
  return `${vectors}\n${inputs}\n${counts.join(" ")}`;
}

// Three lines, the last of them the counts; `text` is rows of make_rows.py.
export function rowsDigest(api, model, text) {
  const rows = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  const results = ["scalar", "simd"].map((kernel) => run(api, model, kernel, rows));
  if (results[0] !== results[1]) throw new Error(`scalar and SIMD differ:\n${results.join("\n")}`);
  return results[0];
}
