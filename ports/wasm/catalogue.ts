// SPDX-License-Identifier: MIT
/** Exact top-K. */
import { Memory, TwoTowerError } from "./memory.ts";
import type { Options } from "./model.ts";

export interface Hit {
  index: number;
  score: number;
}

/** Rows to rank: [count][dim] floats, or half-precision numbers as their 16 bits; copied once. */
export class Catalogue {
  readonly count: number;
  readonly dim: number;
  private readonly memory: Memory;
  private readonly rows: number;

  constructor(rows: Float32Array | Uint16Array, dim: number, options: Pick<Options, "kernel"> = {}) {
    if (!(dim > 0) || rows.length % dim !== 0) {
      throw new TwoTowerError("argument", `rows of ${dim} numbers are expected, not ${rows.length} numbers`);
    }
    const memory = (this.memory = new Memory(options.kernel));
    const data = memory.keep(rows.byteLength);
    memory.bytes(data, rows.byteLength).set(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
    this.rows = memory.keep(16);
    this.count = rows.length / dim;
    this.dim = dim;
    memory.words(this.rows, 4).set([data, this.count, dim, rows instanceof Uint16Array ? 10 : 1]);
  }

  /** The k best rows by dot product, best first, ties by the smaller index, without `exclude`. */
  top(query: Float32Array, k: number, exclude: readonly number[] = []): Hit[] {
    if (query.length !== this.dim) {
      throw new TwoTowerError("argument", `a query of ${this.dim} numbers is expected, not ${query.length}`);
    }
    const { memory } = this, { core } = memory;
    const without = Uint32Array.from(new Set(exclude)).sort();
    const most = Math.max(0, Math.min(k, this.count));
    memory.release();
    const vector = memory.take(4 * this.dim), list = memory.take(without.byteLength), hits = memory.take(8 * most);
    memory.floats(vector, this.dim).set(query);
    memory.words(list, without.length).set(without);
    const kernels = core.tt_kernels_best();
    const held = core.tt_topk(kernels, this.rows, vector, list, without.length, hits, most);
    const index = memory.words(hits, 2 * held), score = memory.floats(hits, 2 * held);
    return Array.from({ length: held }, (_, i) => ({ index: index[2 * i]!, score: score[2 * i + 1]! }));
  }
}
