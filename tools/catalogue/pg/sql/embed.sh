#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes the files named on the command line, rights.sql and the migrations, as a C file
# (catalogue/pg/migrations.h) to stdout.
set -eu
echo '#include "catalogue/pg/migrations.h"'
bytes() { od -An -v -tu1 "$1" | sed 's/ *\([0-9][0-9]*\)/\1,/g'; }
list=""
for file in "$@"; do
    name=$(basename "$file" .sql)
    if [ "$name" = rights ]; then
        echo "static const unsigned char sql_rights[] = {"
        bytes "$file"
        echo "0};"
        echo "const char *const rights_sql = (const char *)sql_rights;"
        continue
    fi
    number=$(echo "$name" | sed 's/^0*\([0-9]*\)_.*/\1/')
    echo "static const unsigned char sql_$number[] = {"
    bytes "$file"
    echo "0};"
    list="$list {$number, \"$name\", (const char *)sql_$number},"
done
echo "const migration migrations[] = {$list};"
echo "const unsigned migration_count = sizeof migrations / sizeof *migrations;"
