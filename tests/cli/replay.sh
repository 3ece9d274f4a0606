#!/bin/sh
# SPDX-License-Identifier: MIT
# Replays the corpus of a fuzz target, every file that once broke it, and what fuzz/seeds.c writes
# for it.  Usage: replay.sh PROGRAM
n=0
name=$(basename "$1")
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
"$(dirname "$1")/seeds" "$name" "$seeds" || echo "not ok 0 - seeds"
for file in fuzz/corpus/"$name"/* fuzz/regress/"$name"/* "$seeds"/*; do
    [ -f "$file" ] || continue
    n=$((n + 1))
    if said=$("$1" "$file" 2>&1); then
        echo "ok $n - $(basename "$file")"
    else
        echo "not ok $n - $(basename "$file")"
        echo "$said" | sed 's/^/# /'
    fi
done
echo "1..$n"
