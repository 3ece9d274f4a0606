// SPDX-License-Identifier: MIT
// node make_parquet.mjs: DuckDB writes the small files in tests/vectors/parquet, each with the
// rows that our reader must see (FILE.jsonl, as parquet_dump prints them), and the seeds of the
// fuzz target in fuzz/corpus/parquet.  Every file is smaller than 4 KB.
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

// Rows of every kind, with nulls; `n` of them, some values repeated so that dictionaries pay.
const kinds = `SELECT
  'user-' || (i % 5) AS id, CASE WHEN i % 4 = 1 THEN NULL ELSE repeat('日本', (i % 3)::INTEGER) || i END AS title,
  i % 3 = 0 AS liked, CASE WHEN i % 5 = 2 THEN NULL ELSE i % 2 = 0 END AS liked_or_null,
  (i % 20 * 7 - 20)::TINYINT AS tiny, (i % 60 * 1000)::USMALLINT AS small, (i % 6)::INTEGER AS integer,
  (i % 6)::UINTEGER AS unsigned,
  CASE WHEN i % 6 = 5 THEN NULL ELSE (i - 10) * 4000000000 END AS big, (i / 8)::FLOAT AS single,
  CASE WHEN i % 3 = 1 THEN NULL ELSE i / 4 END AS double, ((i % 50) / 10)::DECIMAL(2, 1) AS stars,
  DATE '1969-12-30' + (i % 60)::INTEGER AS day,
  TIMESTAMP '2025-10-31 09:38:31.5' - INTERVAL (i % 60 * 3000) DAY AS moment,
  TIMESTAMPTZ '2025-10-31 09:38:31+00' + INTERVAL (i % 4) HOUR AS moment_zone,
  ('0b0e1c52-6f3a-4c52-9d2f-0000000000' || lpad((i % 100)::VARCHAR, 2, '0'))::UUID AS uuid,
  CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN [] WHEN 2 THEN ['a', NULL, 'tag ' || i] ELSE ['a'] END AS tags,
  CASE i % 3 WHEN 0 THEN [] ELSE [i / 2, i / 4]::FLOAT[] END AS vector,
  (i * 1000000007 + 123456789012345671)::DECIMAL(18, 0) AS d18, (i % 50 - 20)::DECIMAL(4, 0) AS d4,
  (i / 4)::DECIMAL(30, 2) AS d30,
  CASE WHEN i % 3 = 1 THEN NULL ELSE ((i - 9) / 8)::DECIMAL(16, 3) END AS d16, (9223372036854775807 - i)::UBIGINT AS u64
  FROM (SELECT CASE WHEN n % 10 = 9 THEN 3 ELSE n END AS i FROM range(ROWS) r(n))`;

// What parquet_dump prints of them: times are whole seconds, rounded down; booleans 0 and 1.
const expected = `SELECT id, title, liked::INTEGER AS liked, liked_or_null::INTEGER AS liked_or_null, tiny,
  small, integer,
  unsigned, big, single, double, stars, epoch(day)::BIGINT AS day, floor(epoch(moment))::BIGINT AS moment,
  floor(epoch(moment_zone))::BIGINT AS moment_zone, uuid::VARCHAR AS uuid,
  coalesce(list_filter(tags, lambda t: t IS NOT NULL), []) AS tags, vector,
  d18::VARCHAR AS d18, d4::INTEGER AS d4, d30::DOUBLE AS d30, d16::DOUBLE AS d16, u64::VARCHAR AS u64 FROM (${kinds})`;

// A chosen few of the columns keep the files small.
const text = "id, title, tags";
const numbers = "liked, liked_or_null, tiny, small, integer, unsigned, big";
const reals = "single, double, stars, vector";
const times = "day, moment, moment_zone, uuid";
const decimals = "d18, d4, d30, d16, u64";
const vectors = {
  text_v1_snappy: [text, "CODEC 'snappy', PARQUET_VERSION V1"],
  text_v2_zstd: [text, "CODEC 'zstd', PARQUET_VERSION V2"],
  text_plain: [text, "CODEC 'uncompressed', DICTIONARY_SIZE_LIMIT 0"],
  text_delta: [text, "CODEC 'gzip', PARQUET_VERSION V2, DICTIONARY_SIZE_LIMIT 0"],
  numbers_v1_gzip: [numbers, "CODEC 'gzip', PARQUET_VERSION V1"],
  numbers_v2: [numbers, "CODEC 'uncompressed', PARQUET_VERSION V2"],
  numbers_delta: [numbers, "CODEC 'snappy', PARQUET_VERSION V2, DICTIONARY_SIZE_LIMIT 0"],
  reals_v1: [reals, "CODEC 'uncompressed', PARQUET_VERSION V1, DICTIONARY_SIZE_LIMIT 0"],
  reals_split_zstd: [reals, "CODEC 'zstd', PARQUET_VERSION V2, DICTIONARY_SIZE_LIMIT 0"],
  times_v1_snappy: [times, "CODEC 'snappy', PARQUET_VERSION V1"],
  times_v2: [times, "CODEC 'uncompressed', PARQUET_VERSION V2, DICTIONARY_SIZE_LIMIT 0", 20],
  groups: ["id, liked_or_null, unsigned, stars", "CODEC 'snappy', ROW_GROUP_SIZE 2048", 5000],
  text_lz4: [text, "CODEC 'lz4', PARQUET_VERSION V1"],
  text_brotli: [text, "CODEC 'brotli', PARQUET_VERSION V2"],
  numbers_lz4_raw: [numbers, "CODEC 'lz4_raw', PARQUET_VERSION V2"],
  decimals_v1_brotli: [decimals, "CODEC 'brotli', PARQUET_VERSION V1"],
  decimals_v2_lz4_raw: [decimals, "CODEC 'lz4_raw', PARQUET_VERSION V2, DICTIONARY_SIZE_LIMIT 0"],
  no_rows: ["id, big, tags, vector", "CODEC 'snappy'", 0],
};

const connection = await (await DuckDBInstance.create(":memory:")).connect();
await connection.run("SET TimeZone = 'UTC'");
await connection.run("SET threads = 1");

async function write(path, columns, rows, options) {
  await connection.run(
    `COPY (SELECT ${columns} FROM (${kinds.replace("ROWS", rows)})) ` + `TO '${path}' (FORMAT parquet, ${options})`,
  );
  if (statSync(path).size >= 4096) throw new Error(`${path} has ${statSync(path).size} bytes`);
}

const folder = join(root, "tests/vectors/parquet"),
  corpus = join(root, "fuzz/corpus/parquet");
mkdirSync(folder, { recursive: true });
mkdirSync(corpus, { recursive: true });
for (const [name, [columns, options, rows = 40]] of Object.entries(vectors)) {
  await write(join(folder, `${name}.parquet`), columns, rows, options);
  const query = `SELECT to_json(r)::VARCHAR FROM (SELECT ${columns} FROM (${expected.replace("ROWS", rows)})) r`;
  const lines = (await connection.runAndReadAll(query)).getRows().map(([line]) => `${line}\n`);
  if (rows <= 100) writeFileSync(join(folder, `${name}.jsonl`), lines.join(""));
  else writeFileSync(join(folder, `${name}.count`), `${rows}\n`);
  await write(join(corpus, `${name}.parquet`), columns, rows > 100 ? 5000 : Math.min(rows, 12), options);
}
