#!/bin/sh
# SPDX-License-Identifier: MIT
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# 16 activations at once, in one round (TWOTOWER_FULL=1: 20), against the Storage server of the tests, whose POST
# races as the real one's does, and in 50 rounds against the server of TEST_STORAGE_URL: one winner each; log,
# pointers and the row of a database agree.  RACE_ROUNDS is another number for both.
. tests/cli/lib.sh
. tests/servers/lib.sh
cd "$work" || exit 1

"$TWOTOWER" synth --out shop --users 60 --videos 80 --seed 7 >/dev/null
serve start stock
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --run-id p >/dev/null 2>&1
for n in $(seq 17); do
    "$TWOTOWER" train --epochs 1 --teacher none --embedding-dim 8 --hidden-dim 8 --run-id r$n --seed $n >/dev/null
    "$TWOTOWER" eval --run-id r$n --min-over-popularity 0 --quiet >/dev/null
done
server=$url

database() { # NAME: an empty one with the embeddings of all runs; its URL goes to $url
    fresh "$server" "$1"
    export RACE_URL="$url"
    "$TWOTOWER" db migrate --db-url env:RACE_URL --embedding-dim 8 --quiet >/dev/null 2>&1
    "$root/tests/servers/load.sh" "$url" shop >/dev/null
    for n in $(seq 17); do
        "$TWOTOWER" embed videos --db-url env:RACE_URL --artifacts-dir "ml/artifacts/runs/r$n" --run-id "s$n" \
            --quiet >/dev/null
    done
}
race() { # ROUNDS NAME
    database "$2"
    python3 "$root/tests/faults/publish_race.py" "$TWOTOWER" "$work/ml/artifacts" "$work/race" \
        "${RACE_ROUNDS:-$1}" "$url" >out 2>&1
    cat out
    grep -q '^ok 1 ' out && ! grep -q '^not ok' out
}
real=${TEST_STORAGE_URL:-}
unset TEST_STORAGE_URL
rounds=1
[ "${TWOTOWER_FULL:-}" != 1 ] || rounds=20
check "16 activations at once: one wins, all agree" race $rounds race
if [ -n "$real" ]; then
    export TEST_STORAGE_URL="$real"
    check "the same on the server of TEST_STORAGE_URL" race 50 race_real
fi
finish
