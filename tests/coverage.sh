#!/bin/bash
# SPDX-License-Identifier: MIT
# Line coverage of the core: runs its unit tests, the kernel checks and the fuzz corpora of a
# build with gcc's counters, and sums gcov's reports of the one object.  Fails below 95 %.
# Usage: BUILD=DIR tests/coverage.sh; prints TAP, and each line that was not reached.
set -u
cd "$(dirname "$0")/.."
build=$(realpath "${BUILD:-build}")
least=95
failed=0
for program in "$build"/tests/unit/test_* "$build"/tests/kernel/check_* "$build"/tests/limits/check_*; do
    case $program in *.gc?? | *.d) continue ;; esac
    "$program" >"$build/coverage.log" 2>&1 || {
        echo "# $program failed"
        failed=1
    }
done
for target in model linear write wire features kernels; do
    "$build/fuzz/$target" fuzz/corpus/$target/* >"$build/coverage.log" 2>&1 || failed=1
done
gcov -t -o "$build/core" "$build/core/twotower.gcda" 2>/dev/null | awk -v least=$least -v failed=$failed '
    BEGIN { FS = ":" }
    $2 + 0 == 0 && $3 == "Source" { file = $4; sub(/^.*core\//, "core/", file); keep = file ~ /^core\// }
    !keep || $2 + 0 == 0 { next }
    { count = $1; gsub(/[ *]/, "", count) }
    count == "-" { next }
    # An inline function of a header has one report for each place that uses it.
    { key = file ":" ($2 + 0); seen[key] = 1; if (count !~ /^[#=]/) hit[key] = 1
      text[key] = $0; sub(/^[^:]*:[^:]*:/, "", text[key]) }
    END {
        for (key in seen) {
            split(key, part, ":")
            lines[part[1]]++; all++
            if (hit[key]) { reached[part[1]]++; total++ }
            else print "# not reached: " key ": " text[key] | "sort -t: -k2,2 -k3,3n"
        }
        close("sort -t: -k2,2 -k3,3n")
        for (file in lines) printf "# %-32s %4d of %4d lines\n", file, reached[file], lines[file] | "sort"
        close("sort")
        share = all > 0 ? 100 * total / all : 0
        good = all > 0 && share >= least && !failed
        printf "%s 1 - %.1f %% of the lines of the core are reached (%d of %d), %d %% are promised\n1..1\n", \
            good ? "ok" : "not ok", share, total, all, least
        exit !good
    }'
