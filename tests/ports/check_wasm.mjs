// SPDX-License-Identifier: MIT
// The WebAssembly port at its edges, in TAP: check_wasm.mjs PACKAGE MODEL
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { argv } from "node:process";

const [, , folder, modelPath] = argv;
const { Model, ModelFile, Catalogue, TwoTowerError, hasSimd } = await import(
  pathToFileURL(`${folder}/twotower.js`).href
);
const file = readFileSync(modelPath);
let count = 0;

function check(name, passed) {
  count++;
  console.log(`${passed ? "ok" : "not ok"} ${count} - ${name}`);
}

function refused(code, call, more = () => true) {
  try {
    call();
  } catch (error) {
    if (error instanceof TwoTowerError && error.code === code && more(error)) return true;
    console.log(`# ${error.code}: ${error.message}`);
  }
  return false;
}

const model = new Model(file);
const video = { id: "x", tags: ["comedy", "drama"], maker: "Kestrel Pictures", numerics: { price: null } };
check("this engine has SIMD", hasSimd);
check("a model says what it has", model.dim === 32 && model.towers.join() === "user,item");
check(
  "a property is read, an absent one is null",
  model.property("twotower.schema").length > 0 && model.property("absent") === null,
);
check(
  "a cut file is refused with its byte",
  refused(
    "truncated",
    () => new Model(file.subarray(0, 1000)),
    ({ offset }) => offset <= 1000,
  ),
);
check(
  "bytes that are no model are refused",
  refused("wire", () => new Model(new Uint8Array(100).fill(255))),
);
check(
  "an empty file is refused",
  refused("missing", () => new Model(new Uint8Array(0))),
);

const one = model.embed("item", [video]).rows()[0];
const placed = new ModelFile(file.length);
placed.bytes.set(file);
check(
  "a file that is read to its place gives the same",
  new Model(placed).embed("item", [video]).data.every((x, i) => x === one[i]),
);
check(
  "it makes one model",
  refused("argument", () => new Model(placed)),
);
check(
  "a file of more than the limit is refused",
  refused("limit", () => new ModelFile(2 ** 31)),
);
check(
  "text beyond ASCII has the digest of its UTF-8",
  model.encode("item", [{ tags: ["é", "\u{1f600}", "\ud800", "a"] }]).digests[0] ===
    model.encode("item", [{ tags: ["a", "\ufffd", "\u{1f600}", "é"] }]).digests[0],
);
check("an embedding has unit length", Math.abs(one.reduce((sum, x) => sum + x * x, 0) - 1) < 1e-6);
const many = model.embed("item", Array(130).fill(video));
check(
  "a batch has the bits of a row",
  many.rows().every((row) => row.every((x, i) => x === one[i])),
);
check("equal rows have equal digests", new Set(many.digests).size === 1 && /^[0-9a-f]{16}$/.test(many.digests[0]));
const user = {
  liked: [video, { id: "y", tags: ["drama"] }],
  disliked: [{ tags: ["comedy"] }],
  numerics: { like_ratio: 0.5 },
};
const encoded = model.encode("user", Array(40).fill(user)),
  again = model.embed("user", Array(40).fill(user));
const kept = { data: again.data.join(), digests: again.digests.join() };
const back = model.embed(encoded);
check(
  "encoded rows give the bits of rows",
  back.data.join() === kept.data && back.digests.join() === kept.digests && encoded.count === 40,
);
const { ids, weights } = encoded.bag(0, 0);
check(
  "bags are ascending rows with weights",
  ids.length > 0 &&
    ids.length === weights.length &&
    ids.every((id, i) => i === 0 || id > ids[i - 1]) &&
    weights.every((w) => w > 0),
);
check(
  "a tower that there is not is refused",
  refused("argument", () => model.embed("users", [user])) && refused("argument", () => model.features(2)),
);
check("no rows give no rows", model.embed("user", []).count === 0);
check(
  "a missing number is not zero",
  model.embed("user", [{ liked: [video], numerics: { mean_stars: null } }]).digests[0] !==
    model.embed("user", [{ liked: [video], numerics: { mean_stars: 0 } }]).digests[0],
);
const dense = new Float32Array(2 * model.features("item")).fill(0);
dense[0] = dense[model.features("item")] = 1;
const [first, second] = model.embedDense("item", dense).rows();
check(
  "dense features are taken",
  first.every((x, i) => x === second[i]),
);
check(
  "dense features of another width are refused",
  refused("argument", () => model.embedDense("item", dense.subarray(1))),
);
dense[model.features("item") + 1] = NaN;
check(
  "a row that is not finite is named",
  refused(
    "features",
    () => model.embedDense("item", dense),
    ({ row }) => row === 1,
  ),
);

const rows = Float32Array.from({ length: 1000 * 8 }, (_, i) => Math.sin(i * i));
const query = rows.slice(8 * 7, 8 * 8);
const catalogue = new Catalogue(rows, 8);
const exact = Array.from({ length: 1000 }, (_, r) => [
  r,
  rows.slice(8 * r, 8 * r + 8).reduce((s, x, i) => s + x * query[i], 0),
])
  .filter(([r]) => r !== 7 && r !== 900)
  .sort((a, b) => b[1] - a[1])
  .slice(0, 10);
check(
  "top finds what a sort finds",
  catalogue
    .top(query, 10, [900, 7, 7])
    .every(({ index, score }, i) => Math.abs(score - exact[i][1]) < 1e-5 && index === exact[i][0]),
);
check("more hits than rows are the rows", new Catalogue(rows.subarray(0, 24), 8).top(query, 10).length === 3);
check(
  "a query of another length is refused",
  refused("argument", () => catalogue.top(rows, 3)),
);
check(
  "halves are ranked",
  new Catalogue(Uint16Array.of(0x3c00, 0x4000, 0xbc00), 1)
    .top(Float32Array.of(1), 2)
    .map(({ index }) => index)
    .join() === "1,0",
);

const right = { tags: ["comedy"] };
const says = (code, row, options, ...words) =>
  refused(
    code,
    () => model.embed("user", [{ liked: [right] }, row], options),
    ({ message }) => words.every((word) => message.includes(word)),
  );
for (const [row, ...words] of [
  [{ like: [right] }, 'row 1: "like"', "disliked, liked, neutral, numerics"],
  [{ liked: [right, { tag: ["comedy"] }] }, 'row 1, liked[1]: "tag"', "tags"],
  [{ liked: [right], numerics: { mean_star: 4 } }, 'row 1, numerics: "mean_star"', "mean_stars"],
  [{ liked: [{ "tags\0": ["comedy"] }] }, 'row 1, liked[0]: "tags\\u0000"'],
]) {
  check(`strict refuses a name: ${words[0]}`, says("field", row, { strict: true }, ...words));
  check(`else it is counted: ${words[0]}`, model.embed("user", [{ liked: [right] }, row]).counts.fields_unknown === 1);
}
for (const [row, word] of [
  [{ liked: right }, "row 1, liked: an array of items"],
  [{ liked: [null] }, "row 1, liked[0]: an object"],
  [{ liked: [{ tags: { comedy: 1 } }] }, "row 1, liked[0], tags: a string or an array of strings"],
  [{ liked: [{ tags: ["comedy", 5] }] }, "row 1, liked[0], tags: a string or an array of strings"],
  [{ liked: [{ id: 5 }] }, "row 1, liked[0], id: a string"],
  [{ numerics: { mean_stars: "4" } }, "row 1, numerics.mean_stars: a number or null"],
  [[right], "row 1: an object"],
])
  check(`a wrong type is refused: ${word}`, says("argument", row, {}, word));

model.embed("user", [{ liked: Array(50).fill(video) }]);
const before = model.memoryBytes;
for (let i = 0; i < 250000; i++) {
  model.embed("item", [video]);
  catalogue.top(query, 3);
  model.property("absent");
  try {
    catalogue.top(rows, 1);
  } catch {
    continue;
  }
}
check("a million calls leave memory as it was", model.memoryBytes === before);
console.log(`1..${count}`);
