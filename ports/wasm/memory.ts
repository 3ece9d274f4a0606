// SPDX-License-Identifier: MIT
/** One instance of the module and its linear memory. */
import { fromBase64 } from "./base64.ts";
import { scalar, simd } from "./module.ts";

/** What a status of the core is called; the index is its number. */
const CODES = [
  "ok", "truncated", "wire", "limit", "missing", "duplicate", "type", "shape", "operator", "graph", "external",
  "schema", "nonfinite", "tower", "features", "space", "sink", "bits", "version", "role", "field",
] as const;
export type Code = (typeof CODES)[number] | "argument" | "file" | "artifact" | "signature" | "network";
/** Which build of the module; both give the same bits. */
export type Kernel = "scalar" | "simd";

/** A refusal: `code` for programs, the message for people, and where it is known the byte of the
 * model (`offset`), the node of its graph (`node`) or the row of the batch (`row`). */
export class TwoTowerError extends Error {
  readonly code: Code;
  readonly offset?: number;
  readonly node?: number;
  readonly row?: number;
  constructor(code: Code, message: string, at: { offset?: number; node?: number; row?: number } = {}) {
    super(message);
    this.name = "TwoTowerError";
    this.code = code;
    Object.assign(this, at);
  }
}

// A function that returns a vector: valid where the engine knows SIMD128.
const PROBE = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
);
/** Whether this engine runs the SIMD build. */
export const hasSimd: boolean = WebAssembly.validate(PROBE);

const compiled: { [kind in Kernel]?: WebAssembly.Module } = {};

function moduleOf(kind: Kernel): WebAssembly.Module {
  return (compiled[kind] ??= new WebAssembly.Module(fromBase64(kind === "simd" ? simd : scalar)));
}

type Name =
  | "tt_status_text" | "tt_kernels_best" | "tt_topk"
  | "tt_model_struct_size" | "tt_model_read_size" | "tt_model_read" | "tt_model_verify" | "tt_model_pack_size"
  | "tt_model_pack" | "tt_model_has" | "tt_model_dim" | "tt_model_features" | "tt_model_numerics" | "tt_model_schema" | "tt_model_property"
  | "tt_features_struct_size" | "tt_features_size" | "tt_features_begin" | "tt_features_item" | "tt_features_list"
  | "tt_schema_field" | "tt_schema_number" | "tt_features_met" | "tt_features_number" | "tt_features_end" | "tt_features_entries" | "tt_features_count" | "tt_features_numerics" | "tt_features_set"
  | "tt_scratch_size" | "tt_embed" | "tt_embed_dense";

/** The functions of twotower.h; pointers and sizes are numbers. */
export type Exports =
  & Record<Name, (...args: number[]) => number>
  & { tt_features_digest(features: number, model: number, tower: number): bigint };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function utf8Length(text: string): number {
  let length = 0;
  for (const point of text) {
    const code = point.codePointAt(0)!;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4; // half a pair becomes U+FFFD
  }
  return length;
}

/**
 * Memory in two parts: what `keep` gives stays, what `take` gives is free again after
 * `release`. Nothing else is ever allocated, so nothing leaks; the whole goes with the object.
 * Growing detaches views of memory: they are made after the last `take`.
 */
export class Memory {
  readonly core: Exports;
  private readonly memory: WebAssembly.Memory;
  private base: number;
  private top: number;
  // The whole memory, until it grows.
  private u8: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  private u32: Uint32Array = new Uint32Array(0);
  private f32: Float32Array = new Float32Array(0);

  constructor(kind: Kernel = hasSimd ? "simd" : "scalar") {
    const { exports } = new WebAssembly.Instance(moduleOf(kind));
    this.core = exports as unknown as Exports;
    this.memory = exports.memory as WebAssembly.Memory;
    this.base = this.top = (exports.__heap_base as WebAssembly.Global).value;
    this.look();
  }

  private look(): void {
    const buffer = this.memory.buffer as ArrayBuffer; // it is never shared
    this.u8 = new Uint8Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f32 = new Float32Array(buffer);
  }

  /** Bytes of linear memory. */
  get size(): number {
    return this.u8.length;
  }

  take(bytes: number): number {
    const at = (this.top + 15) & ~15;
    this.top = at + bytes;
    const missing = this.top - this.size;
    if (missing > 0) {
      try {
        this.memory.grow(Math.ceil(missing / 65536));
      } catch {
        throw new TwoTowerError("space", `the engine gives no ${missing} bytes of memory more`);
      }
      this.look();
    }
    return at;
  }

  keep(bytes: number): number {
    const at = this.take(bytes);
    this.base = this.top;
    return at;
  }

  release(to = this.base): void {
    this.top = to;
  }

  mark(): number {
    return this.top;
  }

  bytes(at: number, count: number): Uint8Array<ArrayBuffer> {
    return this.u8.subarray(at, at + count);
  }

  words(at: number, count: number): Uint32Array {
    return this.u32.subarray(at >>> 2, (at >>> 2) + count);
  }

  floats(at: number, count: number): Float32Array {
    return this.f32.subarray(at >>> 2, (at >>> 2) + count);
  }

  word(at: number): number {
    return this.u32[at >>> 2]!;
  }

  /** UTF-8 of texts, each with a final 0 that its length does not count; gives the place of an array of (place, length). */
  texts(list: readonly string[]): number {
    const whole = `${list.join("\0")}\0`; // one call into the engine for all
    const pairs = this.take(8 * list.length), at = this.take(3 * whole.length), { u8, u32 } = this;
    const ascii = encoder.encodeInto(whole, u8.subarray(at, at + 3 * whole.length)).written === whole.length;
    let place = at, pair = pairs >>> 2;
    for (const text of list) {
      const length = ascii ? text.length : utf8Length(text);
      u32[pair++] = place;
      u32[pair++] = length;
      place += length + 1;
    }
    this.top = place;
    return pairs;
  }

  read(at: number, length: number): string {
    return decoder.decode(this.bytes(at, length));
  }

  /** The core's sentence for a status. */
  sentence(status: number): string {
    const at = this.core.tt_status_text(status);
    return this.read(at, this.bytes(at, 200).indexOf(0));
  }

  /** Throws unless the status is OK. */
  must(status: number, what: string, where: { offset?: number; node?: number; row?: number } = {}): void {
    if (status === 0) return;
    const place = Object.entries(where).map(([name, value]) => `, ${name === "offset" ? "byte" : name} ${value}`);
    throw new TwoTowerError(CODES[status] ?? "argument", `${what}${place.join("")}: ${this.sentence(status)}`, where);
  }
}
