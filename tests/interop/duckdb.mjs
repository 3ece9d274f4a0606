// SPDX-License-Identifier: MIT
// node duckdb.mjs FILE.parquet...: does DuckDB read each file, and are all its rows those
// of FILE.jsonl beside it (made by parquet_dump)?  Without a FILE.jsonl all rows are read.
import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { DuckDBInstance, DuckDBListValue, DuckDBTimestampTZValue, DuckDBTypeId } from '@duckdb/node-api';

const special = { NaN, Infinity, '-Infinity': -Infinity };

function sameNumber(value, expected, type) {
  const number = expected in special ? special[expected] : expected;
  return Object.is(value, type.typeId === DuckDBTypeId.FLOAT ? Math.fround(number) : number);
}

// Is a value of DuckDB the one that the JSON line has?
function same(value, expected, type) {
  if (value === null || expected === null) return value === expected;
  if (value instanceof DuckDBListValue)
    return Array.isArray(expected) && value.items.length === expected.length &&
      value.items.every((item, i) => same(item, expected[i], type.valueType));
  if (value instanceof DuckDBTimestampTZValue)
    return value.micros === BigInt(expected) * 1000000n;
  if (typeof value === 'bigint') return String(value) === String(expected);
  if (typeof value === 'number') return sameNumber(value, expected, type);
  return value === expected;
}

function show(value) {
  return JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? String(v) : v)).slice(0, 200);
}

// Compares one row; returns what differs, or null.
function difference(row, line, names, types, number) {
  if (line === undefined) return `row ${number} is not expected`;
  const expected = JSON.parse(line);
  if (Object.keys(expected).join() !== names.join())
    return `columns are ${names}, expected ${Object.keys(expected)}`;
  const at = row.findIndex((value, i) => !same(value, expected[names[i]], types[i]));
  return at < 0 ? null
    : `row ${number}, ${names[at]}: ${show(row[at])}, expected ${show(expected[names[at]])}`;
}

async function* rowsOf(connection, path) {
  const result = await connection.stream(`SELECT * FROM read_parquet('${path.replaceAll("'", "''")}')`);
  const names = result.columnNames();
  const types = result.columnTypes();
  for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk())
    for (const row of chunk.getRows()) yield { row, names, types };
}

async function check(connection, path) {
  const expected = path.replace(/\.parquet$/, '.jsonl');
  const lines = existsSync(expected)
    ? createInterface({ input: createReadStream(expected) })[Symbol.asyncIterator]() : null;
  let count = 0;
  for await (const { row, names, types } of rowsOf(connection, path)) {
    count++;
    const line = lines && (await lines.next()).value;
    const what = lines && difference(row, line, names, types, count);
    if (what) throw new Error(what);
  }
  if (lines && !(await lines.next()).done) throw new Error(`only ${count} rows were read`);
  return lines ? `${count} rows are equal` : `${count} rows were read`;
}

const files = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(':memory:')).connect();
console.log(`1..${files.length}`);
for (const [i, path] of files.entries()) {
  try {
    console.log(`ok ${i + 1} - ${path}: ${await check(connection, path)}`);
  } catch (error) {
    console.log(`not ok ${i + 1} - ${path}\n# ${String(error.message).replaceAll('\n', '\n# ')}`);
    process.exitCode = 1;
  }
}
if (!files.length) {
  console.error('usage: node duckdb.mjs FILE.parquet...');
  process.exitCode = 2;
}
