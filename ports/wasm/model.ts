// SPDX-License-Identifier: MIT
/** A model, its encoder and its towers. */
import { Features } from "./features.ts";
import type { Counts, Encoded } from "./features.ts";
import { ModelFile, readModel } from "./file.ts";
import type { Source } from "./file.ts";
import { Memory, TwoTowerError } from "./memory.ts";
import type { Kernel } from "./memory.ts";
import { BAGS, Row } from "./row.ts";
import type { Names } from "./row.ts";

export type Tower = "user" | "item";
const TOWERS = ["user", "item"] as const; // by the core's numbers
const NO_NODE = 0xffffffff;
const AT_ONCE = 32; // rows that are encoded before they are embedded

type Numerics = Record<string, number | null | undefined>;
type Tokens = string | readonly string[] | null | undefined;

/** The fields of a video, as the database functions give them. Names that are none of the model's are
 * ignored and counted, or refused by `strict`; passed over is `numerics` of an item in a user's history. */
export interface ItemRow {
  id?: Tokens;
  tags?: Tokens;
  performers?: Tokens;
  maker?: Tokens;
  label?: Tokens;
  series?: Tokens;
  source?: Tokens;
  product_released_at?: Tokens;
  numerics?: Numerics | null;
  [field: string]: unknown;
}

/** What a user liked, and their raw numbers. */
export interface UserRow {
  liked?: readonly ItemRow[] | null;
  neutral?: readonly ItemRow[] | null;
  disliked?: readonly ItemRow[] | null;
  numerics?: Numerics | null;
  [field: string]: unknown;
}

/** How rows are encoded. */
export interface Strictness {
  /** Refuse names that are none of the model's, with code "field". */
  strict?: boolean;
}

function noCounts(): Counts {
  return { tokens_known: 0, tokens_unknown: 0, fields_unknown: 0, rows_unknown: 0 };
}

function numberOf(tower: Tower): number {
  const number = TOWERS.indexOf(tower);
  if (number < 0) throw new TwoTowerError("argument", `a tower is "user" or "item", not ${JSON.stringify(tower)}`);
  return number;
}

/** `data` [count][dim] is a view of the model's memory until its next call; `rows` and
 * `slice` copy. `digests`: 16 hexadecimal digits per row; equal features have equal ones. `counts`: what
 * the rows met in the model. */
export interface Embeddings {
  readonly data: Float32Array;
  readonly count: number;
  readonly dim: number;
  readonly digests: readonly string[];
  readonly counts: Readonly<Counts>;
  rows(): Float32Array[];
}

export interface Options {
  /** Scan the whole table for weights that are not finite. */
  verify?: boolean;
  /** "scalar" and "simd" give the same bits; the default is what the engine has. */
  kernel?: Kernel;
}

function copied(bytes: Uint8Array | ArrayBuffer, options: Options): ModelFile {
  const file = new ModelFile(bytes.byteLength, options);
  file.bytes.set(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes));
  return file;
}

/** A model in memory of its own. */
export class Model {
  readonly dim: number;
  readonly towers: readonly Tower[];
  private readonly memory: Memory;
  private readonly at: number;
  private readonly schema: number;
  private readonly kernels: number;
  private readonly stride: number;
  private readonly names: readonly Names[]; // of each tower

  /** Bytes are copied once; a `ModelFile` is not. */
  constructor(file: Uint8Array | ArrayBuffer | ModelFile, options: Options = {}) {
    const { memory, at, length } = (file instanceof ModelFile ? file : copied(file, options)).claim();
    const { core } = (this.memory = memory);
    this.at = memory.keep(core.tt_model_struct_size());
    const size = core.tt_model_read_size();
    const scratch = memory.take(size), error = memory.take(12);
    let status = core.tt_model_read(this.at, at, length, scratch, size, error);
    if (status === 0 && options.verify) status = core.tt_model_verify(this.at, error);
    if (status !== 0) {
      const [, offset, node] = memory.words(error, 3);
      memory.must(status, "the model", node === NO_NODE ? { offset } : { offset, node });
    }
    memory.release();
    const pack = core.tt_model_pack_size(this.at);
    if (pack > 0) memory.must(core.tt_model_pack(this.at, memory.keep(pack), pack), "the model");
    this.dim = core.tt_model_dim(this.at);
    this.towers = TOWERS.filter((tower) => core.tt_model_has(this.at, numberOf(tower)));
    this.schema = core.tt_model_schema(this.at);
    this.kernels = core.tt_kernels_best();
    this.stride = core.tt_features_struct_size();
    this.names = this.schema ? TOWERS.map((tower) => this.namesOf(numberOf(tower))) : [];
  }

  private namesOf(tower: number): Names {
    const { memory } = this, { core } = memory, out = memory.take(8);
    const every = (ask: (i: number) => void): Set<string> => {
      const names = new Set<string>();
      for (let i = 0; ; i++) {
        ask(i);
        const [at = 0, length = 0] = memory.words(out, 2);
        if (at === 0) return names;
        names.add(memory.read(at, length));
      }
    };
    const fields = every((i) => core.tt_schema_field(out, this.schema, i)).add("id").add("product_released_at");
    const numbers = every((i) => core.tt_schema_number(out, this.schema, tower, i));
    memory.release();
    return { fields, numbers };
  }

  /** Reads a model from a path or file URL (Node, Deno, Bun), a URL or an answer, to where it is used. */
  static async load(from: Source, options: Options = {}): Promise<Model> {
    return new Model(await readModel(from, options.kernel), options);
  }

  /** Bytes of memory that the model uses. */
  get memoryBytes(): number {
    return this.memory.size;
  }

  /** A value of metadata_props, or null. */
  property(key: string): string | null {
    const { memory } = this;
    const out = memory.take(8), name = memory.word(memory.texts([key]));
    memory.core.tt_model_property(out, this.at, name);
    const [at = 0, length = 0] = memory.words(out, 2);
    const value = at === 0 ? null : memory.read(at, length);
    memory.release();
    return value;
  }

  /** Columns of the dense features of a tower. */
  features(tower: Tower): number {
    return this.memory.core.tt_model_features(this.at, numberOf(tower));
  }

  /** Encodes rows, to be embedded more than once or elsewhere. */
  encode(tower: "item", rows: readonly ItemRow[], options?: Strictness): Features;
  encode(tower: "user", rows: readonly UserRow[], options?: Strictness): Features;
  encode(tower: Tower, rows: readonly (ItemRow | UserRow)[], { strict = false }: Strictness = {}): Features {
    const { memory } = this, { core } = memory, numerics = core.tt_model_numerics(this.at, numberOf(tower));
    const digests: string[] = [], counts = noCounts();
    const encoded = rows.map((row, i): Encoded => {
      memory.release();
      const at = memory.take(this.stride);
      this.fill(tower, at, row, i, strict, counts);
      digests.push(this.digest(at, tower));
      const pairs = BAGS.map((_, bag) =>
        memory.words(core.tt_features_entries(at, bag), 2 * core.tt_features_count(at, bag)).slice());
      return { pairs, numerics: memory.floats(core.tt_features_numerics(at), numerics).slice() };
    });
    return new Features(tower, encoded, digests, counts);
  }

  /** Embeds rows, or features of this model: unit length, [rows.length][dim]. */
  embed(features: Features): Embeddings;
  embed(tower: "item", rows: readonly ItemRow[], options?: Strictness): Embeddings;
  embed(tower: "user", rows: readonly UserRow[], options?: Strictness): Embeddings;
  embed(what: Tower | Features, given: readonly (ItemRow | UserRow)[] = [], { strict = false }: Strictness = {}): Embeddings {
    const features = what instanceof Features ? what : null, tower = features?.tower ?? (what as Tower);
    const { memory } = this, count = features?.count ?? given.length;
    const digests = features?.digests ?? ([] as string[]), counts = { ...(features?.counts ?? noCounts()) };
    memory.release();
    const out = memory.take(4 * this.dim * count);
    const after = memory.mark();
    for (let first = 0; first < count; first += AT_ONCE) {
      const some = Math.min(AT_ONCE, count - first), structs = memory.take(this.stride * some);
      for (let i = 0; i < some; i++) {
        const at = structs + i * this.stride;
        if (features) {
          this.place(at, features.rows[first + i]!);
        } else {
          this.fill(tower, at, given[first + i]!, first + i, strict, counts);
          (digests as string[]).push(this.digest(at, tower));
        }
      }
      this.run("tt_embed", tower, structs, some, out + 4 * this.dim * first, first);
      memory.release(after);
    }
    return this.result(out, count, digests, counts);
  }

  private digest(at: number, tower: Tower): string {
    const digest = this.memory.core.tt_features_digest(at, this.at, numberOf(tower));
    return BigInt.asUintN(64, digest).toString(16).padStart(16, "0");
  }

  /** Puts encoded features back into memory. */
  private place(at: number, { pairs, numerics }: Encoded): void {
    const { memory } = this, { core } = memory;
    pairs.forEach((list, bag) => {
      const entries = memory.take(list.byteLength);
      memory.words(entries, list.length).set(list);
      core.tt_features_set(at, bag, entries, list.length / 2);
    });
    memory.floats(core.tt_features_numerics(at), numerics.length).set(numerics);
  }

  /** The same from dense features [count][features(tower)], as ONNX Runtime takes them. */
  embedDense(tower: Tower, dense: Float32Array): Embeddings {
    const { memory } = this, columns = this.features(tower), count = dense.length / columns;
    if (!Number.isInteger(count)) {
      throw new TwoTowerError("argument", `rows of ${columns} numbers are expected, not ${dense.length} numbers`);
    }
    memory.release();
    const out = memory.take(4 * this.dim * count), input = memory.take(dense.byteLength);
    memory.floats(input, dense.length).set(dense);
    this.run("tt_embed_dense", tower, input, count, out, 0);
    return this.result(out, count, [], noCounts());
  }

  private run(name: "tt_embed" | "tt_embed_dense", tower: Tower, input: number, count: number, out: number, first: number): void {
    const { memory } = this, { core } = memory;
    const size = core.tt_scratch_size(this.at, numberOf(tower), count);
    const failed = memory.take(4), scratch = memory.take(size), embedder = memory.take(20);
    memory.words(embedder, 5).set([this.at, this.kernels, numberOf(tower), scratch, size]);
    const status = core[name](embedder, input, count, out, failed);
    if (status !== 0) memory.must(status, "embedding", { row: first + memory.words(failed, 1)[0]! });
  }

  private result(out: number, count: number, digests: readonly string[], counts: Counts): Embeddings {
    const { dim } = this;
    const data = this.memory.floats(out, count * dim);
    const rows = () => Array.from({ length: count }, (_, i) => data.slice(i * dim, (i + 1) * dim));
    return { data, count, dim, digests, counts, rows };
  }

  /** Encodes a row into the struct at `at`, and adds what it met to `counts`. */
  private fill(tower: Tower, at: number, given: ItemRow | UserRow, index: number, strict: boolean, counts: Counts): void {
    const { memory } = this, { core } = memory, number = numberOf(tower);
    if (!this.schema) throw new TwoTowerError("schema", "the model carries no feature schema; use embedDense");
    const row = new Row(tower, given, index, this.names[number]!, strict);
    // Every name and token of the row in the order in which they are given.
    const texts: string[] = [];
    let entries = 0, most = 0;
    for (const { fields } of row.items) {
      for (const [name, tokens] of fields) {
        texts.push(name);
        for (const token of tokens) texts.push(token);
        entries += tokens.length + 1; // a date is two tokens
        most = Math.max(most, tokens.length);
      }
    }
    for (const [name] of row.numerics) texts.push(name);

    const size = core.tt_features_size(entries, most + 2);
    core.tt_features_begin(at, this.schema, number, memory.take(size), size);
    const mark = memory.mark();
    let word = memory.texts(texts);
    for (const { bag, fields } of row.items) {
      if (tower === "user") memory.must(core.tt_features_item(at, bag), "features", { row: index });
      for (const [, tokens] of fields) {
        memory.must(core.tt_features_list(at, memory.word(word), word + 8, tokens.length), "features", { row: index });
        word += 8 * (1 + tokens.length);
      }
    }
    for (const [, value] of row.numerics) {
      core.tt_features_number(at, memory.word(word), value);
      word += 8;
    }
    this.count(at, row.unknown, counts);
    core.tt_features_end(at);
    memory.release(mark);
  }

  private count(at: number, unknown: number, counts: Counts): void {
    const [known = 0, tokens = 0, fields = 0] = [0, 1, 2].map((what) => this.memory.core.tt_features_met(at, what));
    counts.tokens_known += known;
    counts.tokens_unknown += tokens;
    counts.fields_unknown += fields + unknown;
    if (known === 0 && tokens + fields + unknown > 0) counts.rows_unknown++;
  }
}
