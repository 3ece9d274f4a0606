// SPDX-License-Identifier: MIT
// The client that others use reads what publish wrote, and the server answers it as the real one
// does: read.mjs URL KEY PREFIX FOLDER.  Prints TAP.
import { StorageClient } from "@supabase/storage-js";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const [url, key, prefix, folder] = process.argv.slice(2);
const storage = new StorageClient(url + "/storage/v1", { Authorization: `Bearer ${key}`, apikey: key });
const models = storage.from("models");
let tests = 0;
const check = async (name, what) => {
  let why = "";
  try {
    if (!(await what())) why = "it is not so";
  } catch (error) {
    why = String(error.stack ?? error);
  }
  console.log(`${why ? "not ok" : "ok"} ${++tests} - storage-js: ${name}`);
  if (why) console.log("# " + why.replaceAll("\n", "\n# "));
};
const must = ({ data, error }) => {
  if (error) throw error;
  return data;
};
const text = async (path) => Buffer.from(await must(await models.download(path)).arrayBuffer());

const pointer = JSON.parse(await text(`${prefix}/latest/manifest.json`));
const inventory = JSON.parse(await text(pointer.current.manifest_path));
await check(
  "the pointer leads to its inventory",
  async () =>
    createHash("sha256")
      .update(await text(pointer.current.manifest_path))
      .digest("hex") == pointer.current.manifest_sha256,
);
await check(`all ${inventory.files.length} files have their size, hash and type`, async () => {
  for (const file of inventory.files) {
    const path = `${prefix}/${pointer.current.run_id}/${file.name}`,
      bytes = await text(path);
    const about = must(await models.info(path));
    if (bytes.length != file.size || about.size != file.size || about.contentType != file.media_type) return false;
    if (createHash("sha256").update(bytes).digest("hex") != file.sha256) return false;
  }
  return true;
});
await check("the model is the one that was trained", async () =>
  (await text(pointer.current.onnx_path)).equals(
    readFileSync(`${folder}/${pointer.current.onnx_path.split("/").pop()}`),
  ),
);
await check(
  "the run is listed",
  async () =>
    must(await models.list(`${prefix}/${pointer.current.run_id}`, { limit: 1000 })).length ==
    inventory.files.length + 1,
);
await check(
  "the pointer is not cached, the run is",
  async () =>
    must(await models.info(`${prefix}/latest/manifest.json`)).cacheControl == "no-cache" &&
    must(await models.info(pointer.current.onnx_path)).cacheControl == "max-age=31536000",
);
await check(
  "what is there is not created again",
  async () => (await models.upload(pointer.current.onnx_path, Buffer.from("x"))).error?.statusCode == "409",
);

// The contract of the other calls.
const own = `${prefix}-js-${process.pid}`,
  body = Buffer.from("hello, world");
await check(
  "upload, exists, download",
  async () =>
    must(await models.upload(`${own}/a.txt`, body, { contentType: "text/plain" })) &&
    must(await models.exists(`${own}/a.txt`)) === true &&
    (await text(`${own}/a.txt`)).equals(body),
);
await check(
  "update replaces",
  async () =>
    must(await models.update(`${own}/a.txt`, Buffer.from("other"))) &&
    (await text(`${own}/a.txt`)).toString() == "other",
);
await check(
  "copy, move, and neither over what is there",
  async () =>
    must(await models.copy(`${own}/a.txt`, `${own}/b.txt`)) &&
    must(await models.move(`${own}/b.txt`, `${own}/c.txt`)) &&
    (await models.copy(`${own}/a.txt`, `${own}/c.txt`)).error &&
    (await models.move(`${own}/a.txt`, `${own}/c.txt`)).error,
);
await check("a signed URL reads", async () => {
  const { signedUrl } = must(await models.createSignedUrl(`${own}/a.txt`, 60));
  return (await (await fetch(signedUrl)).text()) == "other";
});
await check("a signed upload", async () => {
  const { token } = must(await models.createSignedUploadUrl(`${own}/d.txt`));
  return must(await models.uploadToSignedUrl(`${own}/d.txt`, token, body)) && (await text(`${own}/d.txt`)).equals(body);
});
await check(
  "remove tells what was there",
  async () =>
    must(await models.remove([`${own}/a.txt`, `${own}/c.txt`, `${own}/d.txt`, `${own}/none`])).length == 3 &&
    (await models.download(`${own}/a.txt`)).error,
);
await check("buckets come and go", async () => {
  const name = `js-${process.pid}`;
  must(await storage.createBucket(name, { public: true, fileSizeLimit: "1kb", allowedMimeTypes: ["text/plain"] }));
  const bucket = storage.from(name);
  const large = (await bucket.upload("x", Buffer.alloc(1001), { contentType: "text/plain" })).error;
  const other = (await bucket.upload("x", body, { contentType: "image/png" })).error;
  must(await bucket.upload("x", body, { contentType: "text/plain" }));
  const full = (await storage.deleteBucket(name)).error;
  const open = (await (await fetch(bucket.getPublicUrl("x").data.publicUrl)).text()) == body.toString();
  must(await storage.emptyBucket(name));
  must(await storage.deleteBucket(name));
  return (
    large?.statusCode == "413" && other?.statusCode == "415" && full && open && (await storage.getBucket(name)).error
  );
});
console.log(`1..${tests}`);
