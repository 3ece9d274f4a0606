// SPDX-License-Identifier: MIT
// Models from an artifact store, in TAP, in node, deno or bun:
//     check_artifacts.mjs PACKAGE STORE RUN-FOLDER KEYS OTHER-KEYS
// STORE has releases 1 and 2 of one run in two_tower/ and their mirror in two_tower/current, signed
// by KEYS; release 2 has notes that are hard to sign.
import { readFileSync } from "node:fs";
import { argv, exit } from "node:process";
import { pathToFileURL } from "node:url";
import { serveFolder } from "./web.mjs";

const [, , folder, store, runFolder, keyFile, otherFile] = argv;
const { ArtifactCache, loadFromBase, Model, TwoTowerError } = await import(pathToFileURL(`${folder}/twotower.js`).href);
const publicKeys = readFileSync(keyFile, "utf8"),
  otherKeys = readFileSync(otherFile, "utf8");
const web = await serveFolder(store),
  run = await serveFolder(runFolder);
const mirror = `${web.url}/two_tower/current`,
  prefix = `${web.url}/two_tower`;
const record = JSON.parse(readFileSync(`${store}/two_tower/latest/manifest.json`, "utf8"));
const id = record.current.run_id;
let count = 0;

function check(name, passed) {
  count++;
  console.log(`${passed ? "ok" : "not ok"} ${count} - ${name}`);
}

async function refused(name, code, words, work) {
  let said = "nothing was refused";
  try {
    await work();
  } catch (error) {
    said = `${error.code}: ${error.message}`;
    if (error instanceof TwoTowerError && error.code === code && error.message.includes(words)) said = "";
  }
  if (said) console.log(`# ${said}`);
  check(name, !said);
}

// Refused while these paths answer so.
async function twisted(name, code, words, twists, url = mirror, options = { publicKeys }) {
  for (const [path, twist] of Object.entries(twists)) web.twists.set(path, twist);
  await refused(name, code, words, () => loadFromBase(url, options));
  web.twists.clear();
}
const edit = (change) => (bytes) => {
  const document = JSON.parse(new TextDecoder().decode(bytes));
  change(document);
  return JSON.stringify(document);
};
const flip = (bytes) => Uint8Array.from(bytes, (byte, i) => (i === 5000 ? byte ^ 1 : byte));

const rows = [{ liked: [{ id: "x", tags: ["comedy", "drama"] }], numerics: { like_ratio: 1 } }];
const bits = (model) => new Model(model) && new Model(model).embed("user", rows).data.join();
const expected = bits(readFileSync(`${runFolder}/two_tower_latest.onnx`));
const of = ({ model }) => model.embed("user", rows).data.join();

const first = await loadFromBase(mirror, { publicKeys, verify: true });
check("a mirror is loaded", first.runId === id && of(first) === expected);
check(
  "its release is told",
  first.release.sequence === 2 &&
    first.release.notes === record.release_notes &&
    first.release.environment === "production",
);
check("one tower alone is loaded", of(await loadFromBase(`${mirror}/`, { publicKeys, towers: "user" })) === expected);
const log = await loadFromBase(prefix, { publicKeys });
check("the store itself is loaded", log.runId === id && log.release.sequence === 2 && of(log) === expected);
const old = readFileSync(`${store}/two_tower/manifests/production/0000000001.json`);
web.twists.set("two_tower/production/manifest.json", () => old);
check(
  "an old pointer is followed to the newest record",
  (await loadFromBase(prefix, { publicKeys })).release.sequence === 2,
);
web.twists.clear();
check(
  "keys may be PEM, one of several",
  of(
    await loadFromBase(mirror, {
      publicKeys: [
        otherKeys,
        `-----BEGIN PUBLIC KEY-----\n${publicKeys.replace(/-----[^-]*-----/g, "").trim()}\n-----END PUBLIC KEY-----\n`,
      ],
    }),
  ) === expected,
);
const served = await loadFromBase(run.url, { unreleased: true });
await refused("a run folder that is served is refused unless asked for", "artifact", "no release names", () =>
  loadFromBase(run.url),
);
for (const empty of ["", " \n", []]) {
  await refused(`empty keys ${JSON.stringify(empty)} are no keys`, "argument", "publicKeys is empty", () =>
    loadFromBase(mirror, { publicKeys: empty }),
  );
}
check("a run folder that is served is loaded", served.release === null && of(served) === expected);

const plain = `${run.url}/two_tower_latest.onnx`;
// Piped, for Node cancels a body that nobody reads yet when its answer is collected.
const unmeasured = new Response((await fetch(plain)).body.pipeThrough(new TransformStream()));
for (const [name, from] of Object.entries({
  "a path": `${runFolder}/two_tower_latest.onnx`,
  "a file URL": pathToFileURL(`${runFolder}/two_tower_latest.onnx`),
  "a URL": plain,
  "an answer": fetch(plain),
  "an answer of no known length": unmeasured,
})) {
  check(`a model is loaded from ${name}`, of({ model: await Model.load(from) }) === expected);
}
await refused("a path where nothing is is refused", "file", "absent.onnx", () =>
  Model.load(`${runFolder}/absent.onnx`),
);
await refused("a URL where nothing is is refused", "network", "answers 404", () =>
  Model.load(`${run.url}/absent.onnx`),
);
await refused("a server that is not there is the network's error", "network", "127.0.0.1:9", () =>
  Model.load("http://127.0.0.1:9/"),
);

await twisted("another key's signature is refused", "signature", "none of the pinned", {}, mirror, {
  publicKeys: otherKeys,
});
await twisted("altered notes are refused", "signature", "altered", {
  "two_tower/current/release.json": edit((d) => (d.release_notes += " ")),
});
await twisted("a missing signature is refused", "signature", "not signed", {
  "two_tower/current/release.json": edit((d) => delete d.signature),
});
await twisted("an altered signature is refused", "signature", "altered", {
  "two_tower/current/release.json": edit(
    (d) => (d.signature = d.signature.replace(/.==$/, (end) => (end === "A==" ? "B==" : "A=="))),
  ),
});
await refused("a key that is none is refused", "signature", "none of P-256", () =>
  loadFromBase(mirror, { publicKeys: "bm90IGEga2V5" }),
);
await refused("an older release than one that was seen is refused", "artifact", "behind", () =>
  loadFromBase(mirror, { publicKeys, seen: 3 }),
);
await refused("a run folder in the place of a seen release is refused", "artifact", "behind", () =>
  loadFromBase(run.url, { seen: 1 }),
);
await twisted(
  "the record of another environment is refused",
  "artifact",
  "environment",
  { "two_tower/current/release.json": (b) => b },
  mirror,
  { publicKeys, environment: "staging" },
);
const keyless = [mirror, {}];
await twisted(
  "a path that leads elsewhere is refused",
  "artifact",
  "leads elsewhere",
  { "two_tower/current/release.json": edit((d) => (d.current.onnx_path = "../x.onnx")) },
  ...keyless,
);
await twisted(
  "an unknown member is refused",
  "artifact",
  "unknown member",
  { "two_tower/current/release.json": edit((d) => (d.extra = 1)) },
  ...keyless,
);
await twisted(
  "a sequence of no whole number is refused",
  "artifact",
  "'sequence'",
  { "two_tower/current/release.json": edit((d) => (d.sequence = 2.5)) },
  ...keyless,
);
await twisted(
  "JSON that is none is refused",
  "artifact",
  "not JSON",
  { "two_tower/current/release.json": () => "{" },
  ...keyless,
);
await twisted(
  "a folder as a run id is refused",
  "artifact",
  "no run id",
  { "two_tower/current/release.json": edit((d) => (d.current.run_id = "latest")) },
  ...keyless,
);
await twisted(
  "an altered model is refused",
  "artifact",
  "not the file",
  { [`two_tower/${id}/two_tower_${id}.onnx`]: flip },
  prefix,
);
await twisted(
  "an altered inventory is refused",
  "artifact",
  "not the inventory",
  { [`two_tower/${id}/manifest.json`]: (b) => `${b} ` },
  prefix,
);
await twisted("a mirror that stays altered is refused", "artifact", "being written, or was altered", {
  [`two_tower/current/two_tower_${id}.onnx`]: flip,
});
await twisted(
  "a longer file than listed is refused",
  "artifact",
  "longer than",
  { [`two_tower/${id}/two_tower_${id}.onnx`]: (b) => new Uint8Array(b.length + 1) },
  prefix,
);
await twisted(
  "a missing file is refused",
  "artifact",
  "not there",
  { [`two_tower/${id}/two_tower_${id}.onnx`]: 404 },
  prefix,
);
await twisted("a server in trouble is the network's error", "network", "answers 503", {
  "two_tower/current/release.json": 503,
});
for (const name of ["../x", "a/b", ".hidden", "", "manifest.json", "a\u0000b"]) {
  run.twists.set(
    "manifest.json",
    edit((d) => (d.files[0].name = name)),
  );
  await refused(`a file called ${JSON.stringify(name)} is refused`, "artifact", "no name of a file", () =>
    loadFromBase(run.url, { unreleased: true }),
  );
}
run.twists.set(
  "manifest.json",
  edit((d) => d.files.push(d.files[0])),
);
await refused("a file that is named twice is refused", "artifact", "twice", () =>
  loadFromBase(run.url, { unreleased: true }),
);
run.twists.clear();
await refused("no URL is refused", "argument", "https", () => loadFromBase("file:///etc"));
await refused("plain http to elsewhere is refused without keys", "argument", "plain http", () =>
  loadFromBase("http://models.example/two_tower"),
);

let reads = 0;
web.twists.set("two_tower/current/manifest.json", (bytes) => (reads++ ? bytes : `${bytes} `));
check(
  "a mirror that was being written is read again",
  (await loadFromBase(mirror, { publicKeys })).runId === id && reads === 2,
);
web.twists.clear();

const troubles = [];
const cache = new ArtifactCache(mirror, { publicKeys, every: 0, onError: (error) => troubles.push(error) });
const [one, two] = await Promise.all([cache.get(), cache.get()]);
check("two who ask at once get one model", one === two);
web.asked.length = 0;
check(
  "an unchanged release is not loaded again",
  (await cache.get()) === one && web.asked.join() === "two_tower/current/release.json",
);
web.twists.set(
  "two_tower/current/release.json",
  edit((d) => (d.sequence = 9)),
);
check(
  "a release that is refused leaves the model",
  (await cache.get()) === one && troubles.length === 1 && troubles[0].code === "signature",
);
web.twists.clear();
const lazy = new ArtifactCache(mirror, { publicKeys, every: 60000 });
await lazy.get();
web.asked.length = 0;
await lazy.get();
check("within its time nothing is asked", web.asked.length === 0);
await Promise.all([web.stop(), run.stop()]);
check("a server that is gone leaves the model", (await cache.get()) === one && troubles[1].code === "network");
await refused("and is the network's error for who has none", "network", "", () =>
  new ArtifactCache(mirror, { publicKeys }).get(),
);
console.log(`1..${count}`);
exit(0);
