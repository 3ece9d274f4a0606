#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes the files named on the command line as a C file (report/page.h) to stdout.
set -eu
echo '#include "report/page.h"'
list="" at=0
for file in "$@"; do
    at=$((at + 1))
    echo "static const unsigned char part_$at[] = {"
    od -An -v -tu1 "$file" | sed 's/ *\([0-9][0-9]*\)/\1,/g'
    echo "0};"
    list="$list {\"$(basename "$file")\", part_$at, sizeof part_$at - 1},"
done
echo "const page_part page_parts[] = {$list};"
echo "const unsigned page_part_count = sizeof page_parts / sizeof *page_parts;"
