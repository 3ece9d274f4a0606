// SPDX-License-Identifier: MIT
/** Rows that are encoded: what a tower takes, without text. */
import type { Tower } from "./model.ts";

/** A row as the core has it: per bag pairs of a table row and the bits of its weight, then the numbers. */
export interface Encoded {
  readonly pairs: readonly Uint32Array[];
  readonly numerics: Float32Array;
}

/** What rows met in a model. `fields_unknown`: names that are none of the model's. `rows_unknown`: rows that gave tokens or
 * such names and no token that is known; their embedding says nothing of them. */
export interface Counts {
  tokens_known: number;
  tokens_unknown: number;
  fields_unknown: number;
  rows_unknown: number;
}

/** Made by `Model.encode`; of use to the model that made them. */
export class Features {
  readonly tower: Tower;
  /** 16 hexadecimal digits per row; equal features have equal ones. */
  readonly digests: readonly string[];
  readonly rows: readonly Encoded[];
  readonly counts: Readonly<Counts>;

  constructor(tower: Tower, rows: readonly Encoded[], digests: readonly string[], counts: Counts) {
    this.tower = tower;
    this.rows = rows;
    this.digests = digests;
    this.counts = counts;
  }

  get count(): number {
    return this.rows.length;
  }

  /** What a sparse ONNX tower takes: bag 0 of an item; of a user 0 liked, 1 neutral, 2 disliked. */
  bag(row: number, bag: number): { ids: Uint32Array; weights: Float32Array } {
    const pairs = this.rows[row]?.pairs[bag] ?? new Uint32Array(0);
    const floats = new Float32Array(pairs.buffer, pairs.byteOffset, pairs.length);
    return { ids: pairs.filter((_, i) => i % 2 === 0), weights: floats.filter((_, i) => i % 2 === 1) };
  }
}
