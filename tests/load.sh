#!/bin/sh
# SPDX-License-Identifier: MIT
# Do the tests depend on the load?  tests/load.sh [SUITE-RUNS [TIMED-RUNS]]: under eight busy loops the whole
# suite so many times (3), then the tests of signals, kills and times so many times (10), or those of
# TIMED="NAME...".  Prints each line that is not the same as in the first run; 0: there is none.  Not a part of
# the suite: it takes hours.
set -u
cd "$(dirname "$0")/.." || exit 2
: "${BUILD:=build}"
suite=${1:-3} timed=${2:-10}
case $suite$timed in *[!0-9]*) echo "usage: tests/load.sh [SUITE-RUNS [TIMED-RUNS]]" >&2; exit 2 ;; esac
: "${TIMED:=resume faults mlp report ingest notify sync sync_and_release_week pg_faults pg_connect \
publish_faults db_migrate memory}"
[ "$suite" -gt 0 ] || [ -x "$BUILD/twotower" ] || { echo "load.sh: make programs first" >&2; exit 2; }
logs=$BUILD/load
rm -rf "$logs"
mkdir -p "$logs"

loops=""
end_load() {
    # shellcheck disable=SC2086
    [ -z "$loops" ] || kill $loops 2>/dev/null
    loops=""
}
trap end_load EXIT
trap 'exit 130' HUP INT TERM
for _ in 1 2 3 4 5 6 7 8; do # each looks whether we are still there
    sh -c 'while kill -0 "$0" 2>/dev/null; do i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; done' $$ &
    loops="$loops $!"
done

# What a run of a test says, without times, counts of a server and the diagnosis of a failure.
results() { grep -hE '^(ok|not ok|1\.\.)' "$@" | sed -E 's/[0-9.]+ m?s\b/N/g; s/ in [0-9]+ ms/ in N/'; }
differences=0
compare() { # NAME RUN
    cmp -s "$logs/$1.1" "$logs/$1.$2" && ! grep -q '^not ok' "$logs/$1.$2" && return
    differences=$((differences + 1))
    echo "$1, run $2:"
    { diff "$logs/$1.1" "$logs/$1.$2"; grep '^not ok' "$logs/$1.$2"; } | sed 's/^/    /'
}
run=0
while [ $((run += 1)) -le "$suite" ]; do
    timeout 7200 make test BUILD="$BUILD" >"$logs/make.$run" 2>&1 || echo "make test fails in run $run: $logs/make.$run"
    results "$BUILD"/logs/*.log >"$logs/suite.$run"
    compare suite $run
done
run=0
while [ $((run += 1)) -le "$timed" ]; do
    for name in $TIMED; do
        BUILD=$BUILD TWOTOWER=$BUILD/twotower timeout 3600 tests/world sh "tests/cli/test_$name.sh" \
            >"$logs/$name.out" 2>&1
        results "$logs/$name.out" >"$logs/$name.$run"
        compare "$name" $run
    done
done
echo "$differences differences in $suite runs of the suite and $timed of: $TIMED"
[ $differences = 0 ]
