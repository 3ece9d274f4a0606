// SPDX-License-Identifier: MIT
// node rewrite.mjs IN OUT: DuckDB writes the tables of IN again, in each of its ways: a folder
// OUT/<way> with the same rows, as other programs' pipelines would leave them behind.
// node rewrite.mjs --reviews REVIEWS.csv REVIEWS.parquet: a CSV file as DuckDB understands it.
import { mkdirSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const tables = ['interactions_train', 'interactions_val', 'item_features', 'user_features'];

// What COPY is told, and how the columns are chosen.
const ways = {
  snappy_v1: ["CODEC 'snappy', PARQUET_VERSION V1"],
  gzip_v2: ["CODEC 'gzip', PARQUET_VERSION V2"],
  zstd_groups: ["CODEC 'zstd', ROW_GROUP_SIZE 2048"],
  none_no_dictionary: ["CODEC 'uncompressed', DICTIONARY_SIZE_LIMIT 0"],
  none_v2_no_dictionary: ["CODEC 'uncompressed', PARQUET_VERSION V2, DICTIONARY_SIZE_LIMIT 0"],
  pandas: ["CODEC 'snappy'", {
    interactions_train: 'SELECT 1 AS __index_level_0__, * REPLACE (label::DOUBLE AS label, ' +
      'weight::DOUBLE AS weight, stars::DOUBLE AS stars, CAST("at" AS TIMESTAMP_NS) AS "at")',
    interactions_val: "SELECT * REPLACE (coalesce(label::DOUBLE, 'NaN') AS label)",
    item_features: 'SELECT * REPLACE (price::BIGINT AS price, list_append(tags, NULL) AS tags, ' +
      "nullif(series, '') AS series)",
    user_features: 'SELECT * REPLACE (mean_stars::DOUBLE AS mean_stars, as_of::TIMESTAMP_MS AS as_of)',
  }],
  // The key of videos is item_id, and lists are texts with commas.
  item_id: ["CODEC 'snappy'", {
    interactions_train: 'SELECT video_id AS item_id, * EXCLUDE (video_id)',
    interactions_val: 'SELECT video_id AS item_id, * EXCLUDE (video_id)',
    item_features: 'SELECT video_id AS item_id, * EXCLUDE (video_id) REPLACE ' +
      "(array_to_string(tags, ', ') AS tags, array_to_string(performer_ids, ',') AS performer_ids)",
  }],
};

const reviews = process.argv[2] === '--reviews';
const [from, to] = process.argv.slice(reviews ? 3 : 2);
if (to === undefined) {
  console.error('usage: node rewrite.mjs IN OUT, or node rewrite.mjs --reviews REVIEWS.csv REVIEWS.parquet');
  process.exit(2);
}
const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run("SET TimeZone = 'UTC'");
if (reviews) await connection.run(`COPY (FROM read_csv('${from}')) TO '${to}' (FORMAT parquet)`);
else for (const [way, [options, columns = {}]] of Object.entries(ways)) {
  mkdirSync(`${to}/${way}`, { recursive: true });
  for (const table of tables)
    await connection.run(`COPY (${columns[table] ?? 'SELECT *'} FROM read_parquet('${from}/${table}.parquet')) ` +
      `TO '${to}/${way}/${table}.parquet' (FORMAT parquet, ${options})`);
  console.log(way);
}
