#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a libFuzzer program from its corpus and every file that once broke it.
# Usage: FOUND=DIR SECONDS_EACH=N run.sh PROGRAM
set -eu
name=$(basename "$1")
mkdir -p "$FOUND/$name/corpus" "$FOUND/$name/seeds"
"$(dirname "$1")/seeds" "$name" "$FOUND/$name/seeds"
seeds="$FOUND/$name/seeds fuzz/corpus/$name"
[ ! -d "fuzz/regress/$name" ] || seeds="$seeds fuzz/regress/$name"
echo "$name: $SECONDS_EACH seconds, log in $FOUND/$name/log"
# shellcheck disable=SC2086
"$1" -max_total_time="$SECONDS_EACH" -max_len=262144 -timeout=120 -rss_limit_mb=2048 -use_value_profile=1 \
    -print_final_stats=1 \
    -artifact_prefix="$FOUND/$name/" "$FOUND/$name/corpus" $seeds 2>"$FOUND/$name/log" || {
    tail -40 "$FOUND/$name/log"
    echo "$name: found a defect; the input is in $FOUND/$name"
    exit 1
}
sed -n "s,^stat::average_exec_per_sec: *,  no finding; executions a second: ,p" "$FOUND/$name/log"
