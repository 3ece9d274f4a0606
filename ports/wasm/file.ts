// SPDX-License-Identifier: MIT
/** Where the bytes of a model come from: bytes, files, answers of servers; read where they will be used. */
import { Memory, TwoTowerError } from "./memory.ts";
import type { Kernel } from "./memory.ts";

export type Bytes = Uint8Array<ArrayBuffer>;
type Files = {
  openSync(path: string | URL, flags: "r"): number;
  fstatSync(file: number): { size: number };
  readSync(file: number, into: Uint8Array, at: number, length: number, position: null): number;
  closeSync(file: number): void;
};

const MOST_FILE = 1 << 30;

/**
 * Room for a model's file in the memory of the model to be: fill `bytes`, then `new Model(file)`,
 * which copies nothing.  `bytes` is of use until then.
 */
export class ModelFile {
  readonly bytes: Bytes;
  private memory: Memory | null;
  private readonly at: number;

  constructor(size: number, options: { kernel?: Kernel } = {}) {
    if (!Number.isInteger(size) || size < 0 || size > MOST_FILE) {
      throw new TwoTowerError("limit", `a file of at most ${MOST_FILE} bytes is expected, not ${size}`);
    }
    const memory = (this.memory = new Memory(options.kernel)), { core } = memory;
    this.at = memory.keep(size);
    // What reading takes, now: memory that grows later would detach `bytes`.
    memory.take(core.tt_model_struct_size() + core.tt_model_read_size() + 64);
    memory.release();
    this.bytes = memory.bytes(this.at, size);
  }

  /** @internal The memory goes to one model. */
  claim(): { memory: Memory; at: number; length: number } {
    const { memory, at, bytes } = this;
    if (!memory) throw new TwoTowerError("argument", "a ModelFile makes one model");
    this.memory = null;
    return { memory, at, length: bytes.length };
  }
}

/** A module of Node, or what Deno and Bun give for it; undefined in browsers. */
export async function nodeModule<T>(name: string): Promise<T | undefined> {
  const { process } = globalThis as { process?: { versions?: { node?: string }; getBuiltinModule?: (name: string) => T } };
  if (!process?.versions?.node) return undefined;
  return process.getBuiltinModule?.(name) ?? (await import(["node", name].join(":"))) as T; // no bundler follows it
}

function fromPath(files: Files, path: string | URL, kernel: Kernel | undefined): ModelFile {
  let descriptor: number | undefined;
  try {
    descriptor = files.openSync(path, "r");
    const file = new ModelFile(files.fstatSync(descriptor).size, { kernel }), { bytes } = file;
    for (let at = 0, got = 1; at < bytes.length; at += got) {
      got = files.readSync(descriptor, bytes, at, bytes.length - at, null);
      if (got === 0) throw new Error("the file became shorter");
    }
    return file;
  } catch (error) {
    if (error instanceof TwoTowerError) throw error;
    throw new TwoTowerError("file", `${typeof path === "string" ? path : path.href}: ${error instanceof Error ? error.message : error}`);
  } finally {
    if (descriptor !== undefined) files.closeSync(descriptor);
  }
}

/** The length that an answer announces, or 0; that of a compressed body says nothing. */
function announced(response: Response): number {
  return response.headers.get("content-encoding") ? 0 : Number(response.headers.get("content-length")) || 0;
}

/** The body, which may not be longer than `limit`; into `room`, if it is given and has as many bytes. */
export async function receive(response: Response, limit: number, what: string, room?: Bytes): Promise<Bytes> {
  const long = (): never => {
    throw new TwoTowerError("artifact", `${what}: is longer than ${limit} bytes`);
  };
  const reader = response.body?.getReader();
  try {
    const length = announced(response);
    if (length > limit) long();
    let whole = room ?? new Uint8Array(length || Math.min(limit, 1 << 16)), held = 0;
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      const end = held + part.value.length;
      if (end > limit) long();
      if (end > whole.length) {
        const longer = new Uint8Array(Math.min(limit, 2 * end));
        longer.set(whole.subarray(0, held));
        whole = longer;
      }
      whole.set(part.value, held);
      held = end;
    }
    return whole.subarray(0, held);
  } catch (error) {
    await reader?.cancel().catch(() => undefined);
    throw error;
  }
}

async function fromAnswer(response: Response, kernel: Kernel | undefined): Promise<ModelFile | Bytes> {
  const what = response.url || "the answer", length = announced(response);
  if (!response.ok) {
    await response.body?.cancel();
    throw new TwoTowerError("network", `${what}: the server answers ${response.status}`);
  }
  const file = length > 0 && length <= MOST_FILE ? new ModelFile(length, { kernel }) : null;
  const bytes = await receive(response, file?.bytes.length ?? MOST_FILE, what, file?.bytes);
  return bytes.length === file?.bytes.length ? file : bytes;
}

/** What `Model.load` takes: a path or file URL in Node, Deno and Bun; a URL; the answer of a server. */
export type Source = string | URL | Response | Promise<Response>;

/** The file of a model, read to the place where it will be used. */
export async function readModel(from: Source, kernel: Kernel | undefined): Promise<ModelFile | Bytes> {
  const text = typeof from === "string" ? from : "href" in from ? from.href : "";
  const files = /^https?:/.test(text) || text === "" ? undefined : await nodeModule<Files>("fs");
  if (files) return fromPath(files, text.startsWith("file:") ? new URL(text) : text, kernel);
  try {
    return await fromAnswer(await (text ? fetch(text) : from as Response | Promise<Response>), kernel);
  } catch (error) {
    if (error instanceof TwoTowerError) throw error;
    throw new TwoTowerError("network", `${text || "the answer"}: ${error instanceof Error ? error.message : error}`);
  }
}
