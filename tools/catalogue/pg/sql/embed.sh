#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes the migrations named on the command line as a C file (catalogue/pg/migrations.h) to stdout.
set -eu
echo '#include "catalogue/pg/migrations.h"'
list=""
for file in "$@"; do
    name=$(basename "$file" .sql)
    number=$(echo "$name" | sed 's/^0*\([0-9]*\)_.*/\1/')
    echo "static const unsigned char sql_$number[] = {"
    od -An -v -tu1 "$file" | sed 's/ *\([0-9][0-9]*\)/\1,/g'
    echo "0};"
    list="$list {$number, \"$name\", (const char *)sql_$number},"
done
echo "const migration migrations[] = {$list};"
echo "const unsigned migration_count = sizeof migrations / sizeof *migrations;"
