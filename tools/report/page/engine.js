// Live computing: the core as WebAssembly where the program was built with it, else JavaScript.
const engine = { core: null, memory: null, top: 0, base: 0, rows: [], towers: [], packed: null, vectors: null, made: null };

function startCore() {
  const module = bytesOf("twotower-simd.wasm");
  if (module.length === 0 || !WebAssembly.validate(module)) return; // not built, or no SIMD here
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
  engine.core = exports;
  engine.base = engine.top = exports.__heap_base.value;
}

// Memory of the core: what is taken before `keepAll` stays, the rest is free again after `release`.
function take(bytes) {
  const at = (engine.top + 15) & ~15;
  engine.top = at + bytes;
  const missing = engine.top - engine.core.memory.buffer.byteLength;
  if (missing > 0) engine.core.memory.grow(Math.ceil(missing / 65536));
  return at;
}
const keepAll = () => { engine.base = engine.top; };
const release = () => { engine.top = engine.base; };
const floatsAt = (at, length) => new Float32Array(engine.core.memory.buffer, at, length);
const wordsAt = (at, length) => new Uint32Array(engine.core.memory.buffer, at, length);

// Rows of one signed byte a number, with a scale each, as floats.
function widen(bytes, at, rows, dim) {
  const scales = new DataView(bytes.buffer, bytes.byteOffset + at, 4 * rows);
  const levels = new Int8Array(bytes.buffer, bytes.byteOffset + at + 4 * rows, rows * dim);
  const made = new Float32Array(rows * dim);
  for (let i = 0; i < rows; i++) {
    const scale = scales.getFloat32(4 * i, true);
    for (let j = i * dim; j < (i + 1) * dim; j++) made[j] = levels[j] * scale;
  }
  return made;
}

// The embeddings of all runs, once.
async function readVectors() {
  engine.vectors ??= (async () => {
    const bytes = await (engine.packed ??= unpack("packed-vectors"));
    engine.packed = null;
    startCore();
    for (const run of runs) {
      const { dim, vectors } = data.runs[run];
      const items = widen(bytes, vectors.items, data.items.id.length, dim);
      const users = widen(bytes, vectors.users, data.users.id.length, dim);
      const at = engine.core ? take(items.byteLength) : 0;
      if (engine.core) floatsAt(at, items.length).set(items);
      engine.rows[run] = { dim, items, users, at };
    }
    if (engine.core) keepAll();
  })();
  await engine.vectors;
}

function topByCore({ at, dim, items }, query, k, without) {
  const count = items.length / dim;
  release();
  const rows = take(16), vector = take(4 * dim), list = take(4 * without.length), hits = take(8 * k);
  wordsAt(rows, 4).set([at, count, dim, 1]);
  floatsAt(vector, dim).set(query);
  wordsAt(list, without.length).set(without);
  const held = engine.core.tt_topk(engine.core.tt_kernels_best(), rows, vector, list, without.length, hits, k);
  const index = wordsAt(hits, 2 * held), score = floatsAt(hits, 2 * held);
  return Array.from({ length: held }, (_, i) => [index[2 * i], score[2 * i + 1]]);
}

function topByScript({ dim, items }, query, k, without) {
  const skipped = new Set(without), hits = [];
  for (let i = 0; i < items.length / dim; i++) {
    if (skipped.has(i)) continue;
    let score = 0;
    for (let j = 0; j < dim; j++) score += query[j] * items[i * dim + j];
    if (hits.length === k && score <= hits[k - 1][1]) continue;
    let at = hits.length;
    while (at > 0 && hits[at - 1][1] < score) at--;
    hits.splice(at, 0, [i, score]);
    if (hits.length > k) hits.pop();
  }
  return hits;
}

// The k videos nearest to a vector, best first, as [video, score], without some.
function nearest(run, query, k, without = []) {
  const rows = engine.rows[run], sorted = Uint32Array.from(new Set(without)).sort();
  const most = Math.min(k, data.items.id.length);
  return engine.core ? topByCore(rows, query, most, sorted) : topByScript(rows, query, most, sorted);
}

const itemVector = (run, at) => engine.rows[run].items.subarray(at * engine.rows[run].dim, (at + 1) * engine.rows[run].dim);
const userVector = (run, at) => engine.rows[run].users.subarray(at * engine.rows[run].dim, (at + 1) * engine.rows[run].dim);

// ---- Made-up users -------------------------------------------------------------------------

// The user tower of each run that has one in the page, once.
async function readTowers() {
  await readVectors();
  engine.made ??= (async () => {
    const bytes = await unpack("packed-made-up");
    for (const run of runs) {
      const about = data.runs[run].made_up;
      if (!about || !engine.core) continue;
      release();
      const core = engine.core, model = take(core.tt_model_struct_size()), file = take(about.onnx_bytes);
      keepAll();
      const size = core.tt_model_read_size(), scratch = take(size);
      new Uint8Array(core.memory.buffer, file, about.onnx_bytes).set(bytes.subarray(about.onnx, about.onnx + about.onnx_bytes));
      if (core.tt_model_read(model, file, about.onnx_bytes, scratch, size, 0) !== 0) throw new Error("the user tower is refused");
      const table = widen(bytes, about.table, about.items, about.width);
      engine.towers[run] = { model, table, about };
      release();
    }
  })();
  await engine.made;
}

// Raw numbers of somebody who likes so many videos and has said nothing else.
function numericsOf(forms, likes) {
  const raw = { like_ratio: 1, dislike_ratio: 0, review_count: likes, like_count: likes, dislike_count: 0 };
  return forms.map(([source, form, mean, deviation]) => {
    const x = raw[source];
    if (form === "missing") return x == null ? 1 : 0;
    if (x == null) return 0;
    const z = ((form === "log1p" ? Math.log1p(x) : x) - mean) / deviation;
    return form === "square" ? z * z : z;
  });
}

// The vector of a user who likes these videos, by the core.
function madeUpVector(run, liked) {
  const { model, table, about } = engine.towers[run], { core } = engine, { width } = about;
  const numerics = numericsOf(about.numerics, liked.length), dim = data.runs[run].dim;
  release();
  const features = take(4 * (3 * width + numerics.length)), out = take(4 * dim), embedder = take(20);
  const size = core.tt_scratch_size(model, 0, 1), scratch = take(size);
  const bag = floatsAt(features, 3 * width + numerics.length);
  bag.fill(0);
  for (const item of liked) {
    const at = item * width;
    for (let j = 0; j < width; j++) bag[j] += table[at + j] / Math.sqrt(liked.length);
  }
  bag.set(numerics, 3 * width);
  wordsAt(embedder, 5).set([model, core.tt_kernels_best(), 0, scratch, size]);
  const status = core.tt_embed_dense(embedder, features, 1, out, 0);
  return status === 0 ? floatsAt(out, dim).slice() : null;
}
