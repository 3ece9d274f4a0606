// SPDX-License-Identifier: MIT
// The same users through onnxruntime-web and through us, in node or a page.  `world` says where things are:
// {twotower, ort, wasm} to import, `read(name)` for files, `place(name)` for where they are.  Times are milliseconds.

const MOST_APART = 1e-5;

function sparseFeeds(ort, features, row, bags, numerics) {
  const feeds = {},
    length = Math.max(1, ...bags.map((_, bag) => features.bag(row, bag).ids.length)); // one length for all
  bags.forEach((name, bag) => {
    const { ids, weights } = features.bag(row, bag);
    const id = new BigInt64Array(length),
      weight = new Float32Array(length);
    ids.forEach((one, i) => (id[i] = BigInt(one)));
    weight.set(weights);
    feeds[`${name}_ids`] = new ort.Tensor("int64", id, [1, length]);
    feeds[`${name}_weights`] = new ort.Tensor("float32", weight, [1, length]);
  });
  if (numerics) feeds.numerics = new ort.Tensor("float32", features.rows[row].numerics, [1, numerics]);
  return feeds;
}

function denseFeeds(ort, features, row, width, bags, numerics) {
  const dense = new Float32Array(width),
    table = (width - numerics) / bags.length;
  bags.forEach((_, bag) => {
    const { ids, weights } = features.bag(row, bag);
    ids.forEach((id, i) => (dense[bag * table + id] = weights[i]));
  });
  dense.set(features.rows[row].numerics, width - numerics);
  return { user_features: new ort.Tensor("float32", dense, [1, width]) };
}

async function openOrt(world, model) {
  const ort = await import(world.ort);
  ort.env.wasm.numThreads = 1;
  if (world.wasm) ort.env.wasm.wasmPaths = world.wasm;
  const session = await ort.InferenceSession.create(model);
  return { ort, session, run: async (feeds) => (await session.run(feeds)).user_embedding.data };
}

/**
 * From nothing to the first vector: the library is imported, and opens a model whose bytes are at hand, or with
 * `stored` a file.
 * The features of ONNX Runtime's user are made before.
 */
export async function first(world, who, stored = false) {
  const read = async (name) => JSON.parse(new TextDecoder().decode(await world.read(name)));
  const find = async (name) => (stored ? world.place(name) : await world.read(name));
  if (who === "ours") {
    const [user] = await read("users.json"),
      from = await find("user_tower.onnx");
    const start = performance.now();
    const { Model } = await import(world.twotower);
    const model = stored ? await Model.load(from) : new Model(from);
    model.embed("user", [user]);
    return performance.now() - start;
  }
  const { file, feeds } = (await read("first.json"))[who],
    from = await find(file);
  const start = performance.now();
  const { ort, run } = await openOrt(world, from);
  const tensors = Object.entries(feeds).map(([name, { type, dims, data }]) => [
    name,
    new ort.Tensor(type, type === "int64" ? BigInt64Array.from(data, BigInt) : Float32Array.from(data), dims),
  ]);
  await run(Object.fromEntries(tensors));
  return performance.now() - start;
}

function median(times) {
  return times.sort((a, b) => a - b)[times.length >> 1];
}

/** One user at a time: the mean of a round over all users, the median of the rounds, turn by turn. */
export async function each(world, rounds = 7) {
  const users = JSON.parse(new TextDecoder().decode(await world.read("users.json")));
  const { Model } = await import(world.twotower);
  const model = new Model(await world.read("user_tower.onnx"));
  const all = model.encode("user", users),
    singles = users.map((user) => model.encode("user", [user]));
  const numerics = all.rows[0].numerics.length;
  const bags = ["liked", "neutral", "disliked"].slice(
    0,
    all.rows[0].pairs.filter((_, bag) => all.rows.some((row) => row.pairs[bag].length)).length,
  );
  const sparse = await openOrt(world, await world.read("user_tower_sparse.onnx"));
  const dense = await openOrt(world, await world.read("user_tower.onnx"));
  const sparseInputs = users.map((_, i) => sparseFeeds(sparse.ort, all, i, bags, numerics));
  const denseInputs = users.map((_, i) => denseFeeds(dense.ort, all, i, model.features("user"), bags, numerics));
  const times = { ours: [], rows: [], sparse: [], dense: [] };
  const wanted = singles.map((one) => model.embed(one).data.slice());
  let apart = 0;
  const kinds = {
    ours: (i) => model.embed(singles[i]).data,
    rows: (i) => model.embed("user", [users[i]]).data,
    sparse: (i) => sparse.run(sparseInputs[i]),
    dense: (i) => dense.run(denseInputs[i]),
  };
  for (const work of Object.values(kinds)) {
    for (let i = 0; i < users.length; i++) {
      const data = await work(i);
      for (let k = 0; k < data.length; k++) apart = Math.max(apart, Math.abs(data[k] - wanted[i][k]));
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(kinds)) {
      const start = performance.now();
      for (let i = 0; i < users.length; i++) await work(i);
      times[name].push((performance.now() - start) / users.length);
    }
  }
  if (!(apart <= MOST_APART)) throw new Error(`ONNX Runtime's vectors are ${apart} apart from ours`);
  const plain = (feeds) =>
    Object.fromEntries(
      Object.entries(feeds).map(([name, { type, dims, data }]) => [
        name,
        { type, dims: [...dims], data: Array.from(data, Number) },
      ]),
    );
  return {
    users: users.length,
    width: model.features("user"),
    apart,
    entries: median(all.rows.map(({ pairs }) => pairs.reduce((sum, list) => sum + list.length / 2, 0))),
    ...Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)])),
    first: {
      sparse: { file: "user_tower_sparse.onnx", feeds: plain(sparseInputs[0]) },
      dense: { file: "user_tower.onnx", feeds: plain(denseInputs[0]) },
    },
  };
}
