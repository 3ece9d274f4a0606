// SPDX-License-Identifier: MIT
/**
 * twotower in JavaScript: the inference core as WebAssembly, with the bits of every other port.
 *
 *     const { model } = await loadFromBase("https://cdn.example/two_tower/current", { publicKeys });
 *     const [video] = model.embed("item", [{ id: "v1", tags: ["comedy"], maker: "Pixar" }]).rows();
 *     const best = new Catalogue(rows, 128).top(video, 20);
 *
 * Runs in Node, Deno, Bun, browsers and workers; needs nothing else.
 */
export { ArtifactCache, loadFromBase } from "./artifact.ts";
export type { ArtifactOptions, Loaded } from "./artifact.ts";
export { Catalogue } from "./catalogue.ts";
export type { Hit } from "./catalogue.ts";
export { ModelFile } from "./file.ts";
export type { Source } from "./file.ts";
export { Features } from "./features.ts";
export type { Counts } from "./features.ts";
export { hasSimd, TwoTowerError } from "./memory.ts";
export type { Code, Kernel } from "./memory.ts";
export { Model } from "./model.ts";
export type { Embeddings, ItemRow, Options, Strictness, Tower, UserRow } from "./model.ts";
export type { Release } from "./release.ts";
