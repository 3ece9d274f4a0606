// SPDX-License-Identifier: MIT
/** What a release says, checked: the record that a pointer holds, and the inventory of a run. */
import { fromBase64 } from "./base64.ts";
import { nodeModule } from "./file.ts";
import { TwoTowerError } from "./memory.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Members = { [name: string]: Json };

/** What is served. */
export interface Release {
  readonly environment: string;
  /** Only grows. */
  readonly sequence: number;
  readonly runId: string;
  readonly publishedAt: string;
  readonly notes: string;
  /** SHA-256 of the inventory. */
  readonly manifestSha256: string;
}

/** A file of a run. */
export interface InventoryFile {
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
}

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/;
const HASH = /^[0-9a-f]{64}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const TAKEN = new Set(["latest", "current", "manifests", "production", "staging"]);
const MOST_FILES = 256;

// Members and their types; "?" may be missing or null.
const RECORD = {
  manifest_version: "integer", model_name: "string", environment: "string", sequence: "integer",
  activation_id: "string", current: "object", previous: "array", release_notes: "string", forced: "array",
  tool_version: "string", key_id: "string?", signature: "string?",
};
const RUN = {
  run_id: "string", published_at: "string", onnx_path: "string", meta_path: "string", metrics_path: "string",
  manifest_path: "string", manifest_sha256: "string",
};
const INVENTORY = { manifest_version: "integer", run: "object", files: "array", key_id: "string?", signature: "string?" };
const FILE = { name: "string", sha256: "string", size: "integer", media_type: "string" };

export function refuse(what: string, why: string): never {
  throw new TwoTowerError("artifact", `${what}: ${why}`);
}

function typeOf(value: Json): string {
  if (Array.isArray(value)) return "array";
  return Number.isSafeInteger(value) ? "integer" : value === null ? "null" : typeof value;
}

/** The members of an object: these, of these types, and no others. */
function members(value: Json | undefined, expected: Record<string, string>, what: string): Members {
  if (value === undefined || typeOf(value) !== "object") refuse(what, "an object is expected");
  const object = value as Members;
  for (const [name, one] of Object.entries(object)) {
    const type = Object.hasOwn(expected, name) ? expected[name]! : refuse(what, `has an unknown member '${name.slice(0, 40)}'`);
    if (typeOf(one) === type.replace("?", "") || (one === null && type.endsWith("?"))) continue;
    refuse(what, `'${name}' is expected to be of type ${type}`);
  }
  for (const [name, type] of Object.entries(expected)) {
    if (!type.endsWith("?") && !Object.hasOwn(object, name)) refuse(what, `has no member '${name}'`);
  }
  return object;
}

export function parse(bytes: Uint8Array, what: string): Json {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return refuse(what, "is not JSON");
  }
}

// ---- Signatures ---------------------------------------------------------------------------------

/** RFC 8785: members by their UTF-16 code units, no blanks; numbers and texts are those of JSON.stringify. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) {
    if (Number.isInteger(value) && !(Math.abs(value as number) <= 2 ** 53)) refuse("JSON", "a whole number beyond 2^53");
    return JSON.stringify(value);
  }
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name]!)}`).join(",")}}`;
}

export function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** WebCrypto; Node 18 does not have it at hand. */
async function subtle(): Promise<SubtleCrypto> {
  const own = (globalThis as { crypto?: Crypto }).crypto ?? (await nodeModule<{ webcrypto: Crypto }>("crypto"))?.webcrypto;
  return (own ?? refuse("this engine", "has no WebCrypto")).subtle;
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return hex(await (await subtle()).digest("SHA-256", bytes));
}

/** Pinned public keys by their ids. */
export type Trust = ReadonlyMap<string, CryptoKey>;

/** Reads keys: PEM, or base64 of a SubjectPublicKeyInfo (P-256); none: null, and nothing need be signed. */
export async function trust(keys: string | readonly string[] | null | undefined): Promise<Trust | null> {
  const text = (typeof keys === "string" ? [keys] : keys ?? []).join("\n");
  const found = text.replace(/-----BEGIN PUBLIC KEY-----([^-]*)-----END PUBLIC KEY-----/g, (_, body) => ` ${body.replace(/\s/g, "")} `);
  const pinned = new Map<string, CryptoKey>();
  for (const one of found.split(/[\s,]+/).filter(Boolean)) {
    try {
      const spki = fromBase64(one);
      const key = await (await subtle()).importKey("spki", spki, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
      pinned.set((await sha256(spki)).slice(0, 16), key);
    } catch {
      throw new TwoTowerError("signature", "a public key is none of P-256, in PEM or base64");
    }
  }
  return pinned.size > 0 ? pinned : null;
}

async function isSigned(key: CryptoKey, document: Members, signature: string): Promise<boolean> {
  const { signature: _, ...rest } = document;
  if (!/^[A-Za-z0-9+/]{86}==$/.test(signature)) return false;
  const raw = fromBase64(signature);
  if (btoa(String.fromCharCode(...raw)) !== signature) return false; // one text for one signature
  const text = new TextEncoder().encode(canonical(rest));
  return await (await subtle()).verify({ name: "ECDSA", hash: "SHA-256" }, key, raw, text);
}

/** Throws unless one of the keys signed the document as it is. */
async function checkSignature(keys: Trust | null, document: Members, what: string): Promise<void> {
  if (!keys) return;
  const { key_id: id, signature } = document;
  const wrong = (why: string): never => {
    throw new TwoTowerError("signature", `${what}: ${why}`);
  };
  if (typeof id !== "string" || typeof signature !== "string") return wrong("is not signed, and a signature is asked for");
  const key = keys.get(id) ?? wrong(`is signed by the key ${id.slice(0, 16)}, which is none of the pinned ones`);
  if (!(await isSigned(key, document, signature))) wrong("the signature is not one of this document: it was altered");
}

// ---- Records ------------------------------------------------------------------------------------

function isRunId(text: string): boolean {
  return NAME.test(text) && text.length < 64 && !TAKEN.has(text);
}

/** The run of a record, and what its paths begin with. */
function checkRun(value: Json | undefined, what: string): { run: Members; prefix: string } {
  const run = members(value, RUN, what);
  const id = run.run_id as string;
  if (!isRunId(id)) refuse(what, `'${id.slice(0, 80)}' is no run id`);
  if (!HASH.test(run.manifest_sha256 as string) || !INSTANT.test(run.published_at as string)) {
    refuse(what, `hash or time of run ${id} is none`);
  }
  const prefix = (run.manifest_path as string).slice(0, -`/${id}/manifest.json`.length);
  if (!prefix.split("/").every((name) => NAME.test(name))) refuse(what, "a path leads elsewhere");
  const paths = { onnx_path: `two_tower_${id}.onnx`, meta_path: "model_meta.json", metrics_path: "metrics.json", manifest_path: "manifest.json" };
  for (const [member, name] of Object.entries(paths)) {
    if (run[member] !== `${prefix}/${id}/${name}`) refuse(what, `${member} is '${String(run[member]).slice(0, 120)}', which leads elsewhere`);
  }
  return { run, prefix };
}

/** A record of the release log, which is also what a pointer holds. */
export async function readRecord(bytes: Uint8Array, keys: Trust | null, environment: string, what: string): Promise<Release> {
  const document = parse(bytes, what);
  if (typeOf(document) === "object") await checkSignature(keys, document as Members, what);
  const record = members(document, RECORD, what);
  if (record.manifest_version !== 1) refuse(what, "is of another version; a newer twotower reads it");
  if (record.environment !== environment) {
    refuse(what, `is a release of the environment '${String(record.environment).slice(0, 40)}', and '${environment}' is expected`);
  }
  const sequence = record.sequence as number;
  if (sequence < 1 || sequence > 9999999999) refuse(what, "the sequence is none");
  const previous = record.previous as Json[];
  if (previous.length > 2) refuse(what, "at most 2 previous runs are expected");
  const { run, prefix } = checkRun(record.current, what);
  if (previous.some((one) => checkRun(one, what).prefix !== prefix)) refuse(what, "a path leads elsewhere");
  return {
    environment,
    sequence,
    runId: run.run_id as string,
    publishedAt: run.published_at as string,
    notes: record.release_notes as string,
    manifestSha256: run.manifest_sha256 as string,
  };
}

/** The inventory of a run: its id and files. */
export async function readInventory(
  bytes: Uint8Array, keys: Trust | null, what: string,
): Promise<{ runId: string; files: readonly InventoryFile[] }> {
  const document = parse(bytes, what);
  if (typeOf(document) === "object") await checkSignature(keys, document as Members, what);
  const inventory = members(document, INVENTORY, what);
  if (inventory.manifest_version !== 1) refuse(what, "is of another version; a newer twotower reads it");
  const runId = (inventory.run as Members).run_id;
  if (typeof runId !== "string" || !isRunId(runId)) refuse(what, "names no run");
  const list = inventory.files as Json[];
  if (list.length > MOST_FILES) refuse(what, `names more than ${MOST_FILES} files`);
  const files = list.map((one) => members(one, FILE, what) as unknown as InventoryFile);
  for (const { name, sha256, size } of files) {
    if (!NAME.test(name) || name === "manifest.json") refuse(what, `'${name.slice(0, 100)}' is no name of a file`);
    if (!HASH.test(sha256) || size < 0) refuse(what, `hash or size of ${name} is none`);
  }
  if (new Set(files.map(({ name }) => name)).size !== files.length) refuse(what, "names a file twice");
  return { runId: runId as string, files };
}
