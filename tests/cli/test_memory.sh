#!/bin/sh
# Commands on a catalogue of 100,000 videos, under a limit of the kernel on their memory.
. tests/cli/lib.sh

if grep -q __asan_init "$TWOTOWER"; then
    skip "a large catalogue in 24 MB" "a sanitizer's memory is not ours"
    finish
    exit 0
fi
at_most=24000 # kB

prepare() {
    "$TWOTOWER" synth --out "$work/small" --users 200 --videos 500 --quiet &&
        "$TWOTOWER" run --db-url "file:$work/small" --input "$work/small/reviews.csv" --epochs 1 --teacher none \
            --skip-upsert --min-interactions 5 --min-over-popularity 0 --quiet \
            --data-dir "$work/data" --out-dir "$work/artifacts" &&
        "$TWOTOWER" synth --out "$work/large" --users 100 --videos 100000 --reviews-per-user 5 --quiet &&
        tags=$work/large/video_tags.csv &&
        { head -n 1 "$tags"; tail -n +2 "$tags" | sort -t , -k 2; } >"$work/tags" && mv "$work/tags" "$tags"
}
limited() { # KB COMMAND...: the kernel refuses more of anonymous and private memory, stacks of threads included
    (ulimit -d "$1" && ulimit -s 1024 && shift && exec "$@")
}
in_memory() { # LINE COMMAND...
    line=$1
    shift
    limited $at_most "$TWOTOWER" "$@" --db-url "file:$work/large" --quiet >"$work/said" 2>&1 || {
        cat "$work/said"
        return 1
    }
    grep -q "$line" "$work/said"
}
embed() { # LINE KIND OPTION...
    line=$1
    shift
    in_memory "$line" embed "$@" --output-dir "$work/live" --artifacts-dir "$work/artifacts/latest"
}

check "a model, and a catalogue of 100,000 whose tags stand in another order" prepare
check "the limit is one" refused 4 'there is not enough memory' limited 4000 "$TWOTOWER" prep \
    --input "$work/large/reviews.csv" --db-url "file:$work/large" --out-dir "$work/data"
check "its embeddings are made in 24 MB of memory" embed "^100000 of 100000 videos embedded" videos
check "and what is already there is found in the same" embed "^0 of 100000 videos embedded" videos
check "users are embedded in it" embed "^[1-9][0-9]* of [0-9]* users embedded" users --min-interactions 1
check "recommendations are made in it" in_memory . recommend --artifacts-dir "$work/artifacts/latest" --users 20
check "reviews become tables in it" in_memory "^tables in" prep --input "$work/large/reviews.csv" --out-dir "$work/data"
finish
