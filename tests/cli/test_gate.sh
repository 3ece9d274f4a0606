#!/bin/sh
# SPDX-License-Identifier: MIT
# A gate that cannot judge does not pass, and it asks for nothing that no model reaches.
. tests/cli/lib.sh
. tests/cli/expect.sh
cd "$work" || exit 1

quick="--embedding-dim 16 --hidden-dim 16 --epochs 2"
tables=ml/data/processed/two_tower/latest
metrics=ml/artifacts/latest/metrics.json

# A catalogue of N videos, and reviews of U users with 6 likes each: user u likes the videos
# u*STEP, u*STEP + 1, ... (modulo N).
shop() { # NAME N U STEP
    mkdir -p "$1"
    awk -v n="$2" 'BEGIN { print "id,title"; for (i = 0; i < n; i++) printf "v%d,T\n", i }' >"$1/videos.csv"
    awk -v n="$2" -v users="$3" -v step="$4" 'BEGIN { print "user_id,video_id,stars"
        for (u = 0; u < users; u++) for (i = 0; i < 6; i++)
            printf "u%d,v%d,5\n", u, (u * step + i) % n }' >"$1/reviews.csv"
}
prep() { # NAME ...
    name=$1
    shift
    "$TWOTOWER" prep --db-url "file:$name" --input "$name/reviews.csv" "$@" >/dev/null
}
train() {
    # shellcheck disable=SC2086
    "$TWOTOWER" train $quick "$@" >/dev/null
}

# Nobody's likes are another's: popularity finds nothing.
shop apart 600 12 6
prep apart && train --run-id apart
check "a popularity of nothing judges nothing" refused 1 \
    'cannot be judged: recall@20 >= 1.3 x popularity: popularity finds no' "$TWOTOWER" eval
check "and it is recorded" expect json $metrics "not threshold_passed" \
    "[c.verdict for c in gate] == ['met', 'cannot be judged']" "gate[1].passed is False" \
    "popularity['recall@20'] == 0"
check "a JSON answer says the same" refused 1 'cannot be judged' "$TWOTOWER" eval --json
cp "$work/.stdout" answer.json
check "in its document" expect json answer.json "gate[1].verdict == 'cannot be judged'" "not threshold_passed"
check "summary.md says it" grep -q 'popularity: cannot be judged' ml/artifacts/latest/summary.md
check "without that condition the model passes" "$TWOTOWER" eval --min-over-popularity 0
weekly() {
    # shellcheck disable=SC2086
    "$TWOTOWER" run --db-url file:apart --input apart/reviews.csv $quick --run-id w --out-dir w/a --data-dir w/d \
        --skip-upsert
}
check "run does not go on" refused 1 'cannot be judged' weekly
check "nothing leads to the run, and nothing is embedded" test ! -e w/a/latest -a ! -e w/a/live
check "a condition above every figure is a misuse" refused 2 'at most 1' "$TWOTOWER" eval --min recall@20=30

# Everybody likes the same 8 of 30 videos, and lists of 20 hold nearly all: 1.3 times that is more
# than any recall.
shop near 30 40 0
awk 'BEGIN { for (u = 0; u < 40; u++) for (i = 6; i < 8; i++) printf "u%d,v%d,5\n", u, i }' >>near/reviews.csv
prep near && train --run-id near
check "a condition that no model reaches is left out" "$TWOTOWER" eval
check "and that is said" expect json $metrics "threshold_passed" "gate[1].verdict == 'left out'" \
    "gate[1].passed is None" "gate[1].wanted > 1" "'1.0000' in gate[1].why" "reachable['recall@20'] == 1"
"$TWOTOWER" eval --recall-k 1 >/dev/null 2>&1
check "lists of one reach less where users have more likes" expect json $metrics "0 < reachable['recall@1'] < 1"

# 5 users have no interval of 95 %; 6 have one.
shop five 60 5 3
prep five && train --run-id five
check "5 users are too few" refused 1 'users with validation likes: an interval' \
    "$TWOTOWER" eval --min-over-popularity 0
shop six 60 6 3
prep six --val-ratio 0.5 && train --run-id six
check "6 are enough" "$TWOTOWER" eval --min-over-popularity 0
check "all six were judged" expect json $metrics "users == 6"

# ---- Validation sets that are none
unknown() {
    "$TWOTOWER" eval --min-over-popularity 0 --val ml/data/processed/two_tower/runs/other/interactions_val.parquet
}
sed 's/^u\([0-9]\)/x\1/' six/reviews.csv >six/others.csv
"$TWOTOWER" prep --db-url file:six --input six/others.csv --val-ratio 0.5 --run-id other --out-dir ml/data >/dev/null
prep six --val-ratio 0.5 --run-id again
check "a validation set of people who are all new judges nothing" refused 1 'nobody to judge on' unknown
check "the train set is no validation set" refused 3 "17 of its 17 pairs.*train rows too" \
    "$TWOTOWER" eval --val $tables/interactions_train.parquet
check "train refuses it too" refused 3 'train rows too' train --val $tables/interactions_train.parquet
check "no temporary is left" tidy .
finish
