#!/bin/sh
# embed videos on a catalogue of 100,000: anonymous memory, seen from outside while it runs.
. tests/cli/lib.sh

[ -r /proc/self/status ] || {
    skip "embed videos in 24 MB" "no /proc/PID/status here"
    finish
    exit 0
}
if grep -q __asan_init "$TWOTOWER"; then
    skip "embed videos in 24 MB" "a sanitizer's memory is not ours"
    finish
    exit 0
fi
at_most=24000 # kB of anonymous memory at any moment

prepare() {
    "$TWOTOWER" synth --out "$work/small" --users 200 --videos 500 --quiet &&
        "$TWOTOWER" run --db-url "file:$work/small" --input "$work/small/reviews.csv" --epochs 1 \
            --skip-upsert --min-interactions 5 --min-over-popularity 0 --quiet \
            --data-dir "$work/data" --out-dir "$work/artifacts" &&
        "$TWOTOWER" synth --out "$work/large" --users 100 --videos 100000 --reviews-per-user 5 --quiet &&
        tags=$work/large/video_tags.csv &&
        { head -n 1 "$tags"; tail -n +2 "$tags" | sort -t , -k 2; } >"$work/tags" && mv "$work/tags" "$tags"
}
embed() { # LINE
    seen=$(TMPDIR=$work tests/peak.sh "$work/out" "$TWOTOWER" embed videos --db-url "file:$work/large" \
        --output-dir "$work/live" --artifacts-dir "$work/artifacts/latest" --quiet) || return 1
    cat "$work/out"
    echo "RssAnon and VmHWM: $seen kB"
    grep -q "^$1 of 100000 videos embedded" "$work/out" && [ "${seen% *}" -gt 0 ] && [ "${seen% *}" -le $at_most ]
}

check "a model, and a catalogue of 100,000 whose tags stand in another order" prepare
check "its embeddings are made in 24 MB of anonymous memory" embed 100000
check "and what is already there is found in the same" embed 0
finish
