// SPDX-License-Identifier: MIT
/**
 * Models from an artifact store over HTTP.  A base URL is one of
 *   a mirror            release.json, manifest.json and the files of one run beside each other
 *   a prefix            <environment>/manifest.json points into the log manifests/<environment>/
 *   a run folder        manifest.json and the files, merely served
 * Nothing is parsed before its size and hash were found to be those of a document that was checked.
 */
import { ModelFile, receive } from "./file.ts";
import type { Bytes } from "./file.ts";
import { TwoTowerError } from "./memory.ts";
import { Model } from "./model.ts";
import type { Options } from "./model.ts";
import { readInventory, readRecord, refuse, sha256, trust } from "./release.ts";
import type { Release, Trust } from "./release.ts";

const MOST_DOCUMENT = 1 << 20;
const LOCAL = new Set(["127.0.0.1", "localhost", "[::1]", "host.docker.internal"]);
const TRIES = 4; // a mirror that is being written is read again

export interface ArtifactOptions extends Options {
  /** Pinned keys, as `twotower keygen` prints them, or PEM: whatever they did not sign is refused. */
  publicKeys?: string | readonly string[] | null;
  environment?: "production" | "staging";
  /** Which towers are wanted; one takes less memory where the other is not needed. */
  towers?: "both" | "user" | "item";
  /** The sequence that was seen before: an older one is refused. */
  seen?: number;
  /** Also a run folder that is merely served, which no release names. */
  unreleased?: boolean;
  fetch?: (url: string, init?: RequestInit) => Promise<Response>;
  /** Milliseconds for each request. */
  timeout?: number;
}

export interface Loaded {
  readonly model: Model;
  readonly runId: string;
  /** Null where a run folder is merely served. */
  readonly release: Release | null;
}

/** One base URL, and how it is asked. */
class Base {
  readonly url: string;
  private readonly options: ArtifactOptions;

  constructor(url: string, options: ArtifactOptions) {
    const pinned = (options.publicKeys?.length ?? 0) > 0;
    const [, scheme, host] = /^(https?):\/\/([^/:?#]+|\[[^\]]*\])/.exec(url) ?? [];
    if (!scheme) throw new TwoTowerError("argument", "an artifact base URL begins with https:// or http://");
    if (scheme === "http" && !pinned && !LOCAL.has(host!)) {
      throw new TwoTowerError("argument", "plain http is for this machine, or for releases that publicKeys check");
    }
    if (typeof options.publicKeys === "string" ? !options.publicKeys.trim() : options.publicKeys?.length === 0) {
      throw new TwoTowerError("argument", "publicKeys is empty; leave it out where nothing need be signed");
    }
    this.url = url.replace(/\/+$/, "");
    this.options = options;
  }

  /** An object of at most `limit` bytes, or null where there is none; `room` for them may be given. */
  async get(key: string, limit: number, room?: Bytes): Promise<Bytes | null> {
    const url = `${this.url}/${key}`, ask = this.options.fetch ?? fetch;
    try {
      const signal = AbortSignal.timeout(this.options.timeout ?? 30000);
      const response = await ask(url, { cache: "no-cache", redirect: "error", signal });
      if (response.status === 200) return await receive(response, limit, url, room);
      await response.body?.cancel();
      // A public bucket of Supabase says 400 of what it has not.
      if ([400, 404, 410].includes(response.status)) return null;
      throw new TwoTowerError("network", `${url}: the server answers ${response.status}`);
    } catch (error) {
      if (error instanceof TwoTowerError) throw error;
      throw new TwoTowerError("network", `${url}: ${error instanceof Error ? error.message : error}`);
    }
  }

  async need(key: string, limit: number, room?: Bytes): Promise<Bytes> {
    return (await this.get(key, limit, room)) ?? refuse(`${this.url}/${key}`, "is not there");
  }
}

/** What is served now, and what its files' keys begin with. */
async function resolve(base: Base, keys: Trust | null, options: ArtifactOptions): Promise<{ release: Release | null; folder: string }> {
  const environment = options.environment ?? "production", seen = options.seen ?? 0;
  const read = async (key: string): Promise<Release | null> => {
    const bytes = await base.get(key, MOST_DOCUMENT);
    return bytes && await readRecord(bytes, keys, environment, `${base.url}/${key}`);
  };
  let release = await read("release.json"), folder = "";
  if (!release) {
    release = await read(`${environment}/manifest.json`);
    // Records that came since the pointer was written.
    for (let next = release; next; next = await read(`manifests/${environment}/${String(release!.sequence + 1).padStart(10, "0")}.json`)) {
      if (next !== release && next.sequence !== release!.sequence + 1) refuse(base.url, `a record says that it is number ${next.sequence}`);
      release = next;
    }
    folder = release ? `${release.runId}/` : "";
  }
  if ((release?.sequence ?? 0) < seen) {
    refuse(base.url, `has release ${release?.sequence ?? "none"}, and ${seen} was seen before: it is behind`);
  }
  if (!release && !options.unreleased) refuse(base.url, "no release names what is served there; `unreleased` takes a run folder");
  return { release, folder };
}

/** The run of a release; false: a mirror was read while it was written. */
async function loadRun(base: Base, release: Release | null, folder: string, keys: Trust | null, options: ArtifactOptions): Promise<Loaded | false> {
  const key = `${folder}manifest.json`, what = `${base.url}/${key}`;
  const manifest = await base.need(key, MOST_DOCUMENT);
  if (release && (await sha256(manifest)) !== release.manifestSha256) {
    return folder ? refuse(what, "is not the inventory that the release names") : false;
  }
  const { runId, files } = await readInventory(manifest, keys, what);
  if (release && runId !== release.runId) refuse(what, `is of run ${runId}, not ${release.runId}`);
  const wanted = options.towers ?? "both";
  const name = wanted === "both" ? `two_tower_${runId}.onnx` : `${wanted}_tower.onnx`;
  const listed = files.find((file) => file.name === name) ?? refuse(what, `does not name ${name}`);
  const file = new ModelFile(listed.size, options), bytes = await base.need(folder + name, listed.size, file.bytes);
  if (bytes.length !== listed.size || (await sha256(bytes)) !== listed.sha256) {
    return folder || !release ? refuse(`${base.url}/${folder}${name}`, "is not the file that the inventory names") : false;
  }
  const model = new Model(file, options);
  if (model.property("run_id") !== runId) refuse(`${base.url}/${folder}${name}`, `says that it is run '${model.property("run_id")}'`);
  return { model, runId, release };
}

async function load(base: Base, keys: Trust | null, options: ArtifactOptions): Promise<Loaded> {
  for (let tries = 1; ; tries++) {
    const { release, folder } = await resolve(base, keys, options);
    const loaded = await loadRun(base, release, folder, keys, options);
    if (loaded) return loaded;
    if (tries === TRIES) refuse(base.url, "its files are not those of its release.json; it is being written, or was altered");
    await new Promise((done) => setTimeout(done, 100 * tries));
  }
}

/** Loads what is served at a base URL: the newest release, its inventory, the model. */
export async function loadFromBase(url: string, options: ArtifactOptions = {}): Promise<Loaded> {
  return await load(new Base(url, options), await trust(options.publicKeys), options);
}

/**
 * A model that stays loaded: `get` gives it, and asks at most every `every` milliseconds whether
 * another release is out.  Where that fails, or the new release is refused, the loaded one is
 * kept and `onError` is told.
 */
export class ArtifactCache {
  private readonly options: ArtifactOptions & { every?: number; onError?: (error: unknown) => void };
  private readonly base: Base;
  private keys: Promise<Trust | null> | undefined;
  private loaded: Loaded | undefined;
  private working: Promise<Loaded> | undefined;
  private asked = 0;

  constructor(url: string, options: ArtifactOptions & { every?: number; onError?: (error: unknown) => void } = {}) {
    this.base = new Base(url, options);
    this.options = options;
  }

  async get(): Promise<Loaded> {
    if (this.loaded && Date.now() - this.asked < (this.options.every ?? 60000)) return this.loaded;
    this.working ??= this.renew().finally(() => (this.working = undefined));
    return await this.working;
  }

  private async renew(): Promise<Loaded> {
    const kept = this.loaded;
    try {
      const keys = await (this.keys ??= trust(this.options.publicKeys));
      const options = { ...this.options, seen: Math.max(this.options.seen ?? 0, kept?.release?.sequence ?? 0) };
      const same = kept?.release && (await resolve(this.base, keys, options)).release?.sequence === kept.release.sequence;
      if (!same) this.loaded = await load(this.base, keys, options);
    } catch (error) {
      if (!kept) throw error;
      this.options.onError?.(error);
    }
    this.asked = Date.now();
    return this.loaded!;
  }
}
